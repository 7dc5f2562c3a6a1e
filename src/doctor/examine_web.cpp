#include "base/awaitable.hpp"
#include "base/run_until_done.hpp"
#include "base/url.hpp"
#include "doctor/bucket_access.hpp"
#include "doctor/examination.hpp"
#include "net/client.hpp"

namespace tapalcatl::doctor {
namespace {

/// What to answer to a range that is ignored: the object is none of those that are asked for here.
constexpr std::uint64_t most_body = 1024 * 1024;

net::Request request_of(const Url& base, const std::string& key, SteadyTime deadline) {
    net::Request request;
    request.url = base;
    auto& target = request.url.target;
    target += fmt::format("{}{}", target.ends_with('/') ? "" : "/", uri_encode_path(key));
    request.headers = {{"Range", "bytes=0-0"}, {"Accept-Encoding", "identity"}};
    request.body_limit = most_body;
    request.deadline = deadline;
    return request;
}

}  // namespace

std::optional<Reached> examine_web(const WebLocation& web, Examination& examination) {
    auto& findings = examination.findings;
    auto& settings = examination.settings;
    Reached reached;
    reached.storages = std::make_unique<app::Storages>(settings, examination.environment, examination.context);
    const auto client = reached.storages->client();
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
    auto access = judge_web_access(answer->status, std::string(answer->find("Location").value_or("").substr(0, 200)),
                                   {.missing_on_403 = settings.access.missing_on_403});
    findings.add(std::move(access.findings));
    settings.access.missing_on_403 = access.missing_on_403;
    if (!access.may_read) {
        return std::nullopt;
    }
    return reached;
}

}  // namespace tapalcatl::doctor
