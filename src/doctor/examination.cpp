#include "doctor/examination.hpp"

#include "base/awaitable.hpp"
#include "base/run_until_done.hpp"
#include "base/text.hpp"
#include "base/url.hpp"
#include "doctor/bucket_access.hpp"
#include "doctor/lister.hpp"
#include "net/client.hpp"
#include "net/proxy.hpp"
#include "storage/https.hpp"

namespace tapalcatl::doctor {

std::optional<ReachableStorage> examine_folder(const FolderLocation& folder, Examination& examination) {
    ReachableStorage reachable;
    reachable.is_folder = true;
    reachable.storages = std::make_unique<app::StorageFactory>(examination.environment, examination.context);
    const auto storage = reachable.storages->open(folder, app::storage_access(examination.settings));
    if (!storage) {
        examination.findings.add(problem("reachable", storage.error()).with("is the volume mounted?"));
        return std::nullopt;
    }
    reachable.lister = std::make_unique<FolderLister>(folder.path, [&time = examination.time] { return time.step(); });
    return reachable;
}

std::string impossible_key(const Settings& settings) {
    constexpr TileId outside_of_the_world{0, 1, 1};
    return settings.keys.key(outside_of_the_world);
}

std::optional<Diagnosis> proxy_finding(const Url& url, const EnvironmentVariables& environment) {
    const auto proxies = net::proxies_from_environment(environment);
    const auto* proxy = proxies ? proxies->find(url) : nullptr;
    if (proxy == nullptr) {
        return std::nullopt;
    }
    return ok("proxy",
              fmt::format("{}; NO_PROXY names hosts that are reached without it", printable(proxy->host_and_port())));
}

Diagnosis reachable_finding(SteadyTime since) {
    const auto took = std::chrono::steady_clock::now() - since;
    return ok("reachable", fmt::format("yes, the first answer took {} ms",
                                       std::chrono::duration_cast<std::chrono::milliseconds>(took).count()));
}

namespace {

/// Limits the response of a server that ignores ranges.
constexpr std::uint64_t max_body = 1024 * 1024;

net::Request request_of(const Url& base, const std::string& key, SteadyTime deadline) {
    net::Request request;
    request.url = storage::url_of_object(base, key);
    request.headers = {{"Range", "bytes=0-0"}, {"Accept-Encoding", "identity"}};
    request.body_limit = max_body;
    request.deadline = deadline;
    return request;
}

}  // namespace

std::optional<ReachableStorage> examine_web(const WebLocation& web, Examination& examination) {
    auto& findings = examination.findings;
    auto& settings = examination.settings;
    ReachableStorage reachable;
    reachable.storages = std::make_unique<app::StorageFactory>(examination.environment, examination.context);
    const auto client = reachable.storages->client();
    if (!client) {
        findings.add(problem("reachable", client.error()));
        return std::nullopt;
    }
    if (auto proxy = proxy_finding(web.url, examination.environment)) {
        findings.add(std::move(*proxy));
    }
    const auto began = std::chrono::steady_clock::now();
    auto request = request_of(web.url, impossible_key(settings), examination.time.step());
    const auto answer = run_until_done(examination.context, (*client)->send(std::move(request)));
    if (!answer) {
        findings.add(problem("reachable", answer.error()));
        return std::nullopt;
    }
    findings.add(reachable_finding(began));
    auto access = diagnose_web_access(answer->status, url_for_people(answer->find("Location").value_or("")),
                                      {.missing_on_403 = settings.access.missing_on_403});
    findings.add(std::move(access.findings));
    settings.access.missing_on_403 = access.missing_on_403;
    if (!access.may_read) {
        return std::nullopt;
    }
    return reachable;
}

}  // namespace tapalcatl::doctor
