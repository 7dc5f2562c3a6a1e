#include "settings/http_url.hpp"

#include "base/text.hpp"

#include <algorithm>

namespace tapalcatl {
namespace {

constexpr std::string_view scheme = "http://";

/// Splits "host", "host:port", "[address]" or "[address]:port". False if it is none.
bool split_authority(std::string_view authority, HttpUrl& url) {
    std::string_view port;
    bool has_port = false;
    if (authority.starts_with('[')) {
        const auto end = authority.find(']');
        if (end == std::string_view::npos) {
            return false;
        }
        url.host = std::string(authority.substr(1, end - 1));
        port = authority.substr(end + 1);
        has_port = !port.empty();
        if (has_port && port.front() != ':') {
            return false;
        }
    } else {
        const auto colon = authority.find(':');
        url.host = std::string(authority.substr(0, colon));
        has_port = colon != std::string_view::npos;
        port = has_port ? authority.substr(colon) : std::string_view{};
    }
    if (has_port) {
        const auto number = parse_number(port.substr(1));
        if (!number || *number == 0 || *number > 65535) {
            return false;
        }
        url.port = static_cast<std::uint16_t>(*number);
    }
    return !url.host.empty();
}

}  // namespace

std::string HttpUrl::authority() const {
    const bool is_ipv6 = host.find(':') != std::string::npos;
    return fmt::format("{}{}{}:{}", is_ipv6 ? "[" : "", host, is_ipv6 ? "]" : "", port);
}

Result<HttpUrl> parse_http_url(std::string_view text, std::string_view default_path) {
    const auto refusal = [&] {
        return fail(Errc::usage, "URL '{}': expected http://HOST[:PORT][/PATH]", printable(text));
    };
    const bool is_visible = std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c < 0x7f; });
    if (!is_visible || !iequals(text.substr(0, scheme.size()), scheme)) {
        return refusal();
    }
    const auto rest = text.substr(scheme.size(), text.find('#') - scheme.size());
    const auto authority = rest.substr(0, rest.find_first_of("/?"));
    const auto target = rest.substr(authority.size());
    HttpUrl url;
    if (authority.find('@') != std::string_view::npos || !split_authority(authority, url)) {
        return refusal();
    }
    const std::string_view slash = target.starts_with('?') ? "/" : "";
    url.target = target.empty() ? std::string(default_path) : fmt::format("{}{}", slash, target);
    return url;
}

}  // namespace tapalcatl
