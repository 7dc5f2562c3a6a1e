#include "doctor/examination.hpp"

#include "base/text.hpp"
#include "doctor/folder_lister.hpp"
#include "net/proxy.hpp"

namespace tapalcatl::doctor {

std::optional<Reached> examine_folder(const FolderLocation& folder, Examination& examination) {
    Reached reached;
    reached.is_folder = true;
    reached.storages =
        std::make_unique<app::Storages>(examination.settings, examination.environment, examination.context);
    const auto storage = reached.storages->open(folder);
    if (!storage) {
        examination.findings.add(problem("reachable", storage.error()).with("is the volume mounted?"));
        return std::nullopt;
    }
    reached.lister = std::make_unique<FolderLister>(folder.path, [&time = examination.time] { return time.step(); });
    return reached;
}

std::string impossible_key(const Settings& settings) {
    constexpr TileId outside_of_the_world{0, 1, 1};
    return settings.keys.key(outside_of_the_world);
}

std::optional<Diagnosis> proxy_finding(const Url& url, const EnvironmentVariables& environment) {
    const auto proxies = net::proxies_of(environment);
    const auto* proxy = proxies ? proxies->find(url) : nullptr;
    if (proxy == nullptr) {
        return std::nullopt;
    }
    return fine("proxy", fmt::format("{}; NO_PROXY excepts hosts", printable(proxy->host_and_port())));
}

Diagnosis reachable_finding(SteadyTime since) {
    const auto took = std::chrono::steady_clock::now() - since;
    return fine("reachable", fmt::format("yes, the first answer took {} ms",
                                         std::chrono::duration_cast<std::chrono::milliseconds>(took).count()));
}

}  // namespace tapalcatl::doctor
