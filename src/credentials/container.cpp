#include "credentials/container.hpp"

#include "base/text.hpp"

#include <algorithm>
#include <array>
#include <string_view>

namespace tapalcatl::credentials {
namespace {

constexpr std::string_view ecs_agent = "http://169.254.170.2";

/// Whether nobody on the way can listen: loopback, and the link-local addresses of the agents of ECS and EKS.
bool is_near(std::string_view host) {
    constexpr std::array<std::string_view, 6> near{"localhost",     "[::1]",          "[fd00:ec2::23]",
                                                   "169.254.170.2", "169.254.170.23", "127.0.0.1"};
    if (std::any_of(near.begin(), near.end(), [&](std::string_view one) { return iequals(one, host); })) {
        return true;
    }
    // 127.0.0.0/8: four numbers, and no name that only begins like one.
    return host.starts_with("127.") && std::count(host.begin(), host.end(), '.') == 3 &&
           host.find_first_not_of("0123456789.") == std::string_view::npos;
}

bool is_plain(std::string_view url) {
    return std::all_of(url.begin(), url.end(), [](char c) { return c > 0x20 && c < 0x7f; });
}

std::string_view host_of(std::string_view url) {
    auto authority = url.substr(0, url.find_first_of("/?#"));
    if (authority.starts_with('[')) {
        const auto size = authority.find(']') + 1;  // 0 if it isn't there
        const bool ends = size == authority.size() || authority.substr(size).starts_with(':');
        return size != 0 && ends ? authority.substr(0, size) : std::string_view();
    }
    return authority.substr(0, authority.find(':'));
}

}  // namespace

Result<std::optional<std::string>> container_url(const Environment& environment) {
    if (const auto relative = environment.setting("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI")) {
        if (!relative->starts_with('/') || !is_plain(*relative)) {
            return fail(Errc::usage, "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI is no path that starts with '/'");
        }
        return std::optional(std::string(ecs_agent) + *relative);
    }
    auto full = environment.setting("AWS_CONTAINER_CREDENTIALS_FULL_URI");
    if (!full) {
        return std::optional<std::string>();
    }
    const auto url = std::string_view(*full);
    const bool secure = url.starts_with("https://");
    const auto rest = url.substr(std::min(url.size(), secure ? std::size_t{8} : std::size_t{7}));
    const auto authority = rest.substr(0, rest.find_first_of("/?#"));
    if ((!secure && !url.starts_with("http://")) || !is_plain(url) || host_of(rest).empty() ||
        authority.find_first_of("@\\") != std::string_view::npos) {
        return fail(Errc::usage, "AWS_CONTAINER_CREDENTIALS_FULL_URI is no http:// or https:// URL");
    }
    if (!secure && !is_near(host_of(rest))) {
        return fail(Errc::usage,
                    "AWS_CONTAINER_CREDENTIALS_FULL_URI: {} is neither https nor this host nor an agent of ECS or EKS",
                    printable(host_of(rest)));
    }
    return full;
}

}  // namespace tapalcatl::credentials
