#include "net/url.hpp"

#include "base/text.hpp"

#include <boost/asio/ip/address.hpp>

#include <algorithm>

namespace tapalcatl::net {
namespace {

constexpr std::size_t longest_name = 253;  // RFC 1035, section 2.3.4, as text
constexpr std::size_t longest_shown = 120;

bool is_name_character(char c) {
    const auto lower = static_cast<char>(c | 0x20);
    return (c >= '0' && c <= '9') || (lower >= 'a' && lower <= 'z') || c == '-' || c == '.' || c == '_';
}

std::string lower_case(std::string_view text) {
    std::string lower(text);
    std::transform(lower.begin(), lower.end(), lower.begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c; });
    return lower;
}

/// Names whose last label is a number are what old resolvers take for addresses ("127.1"): no host of ours.
bool is_name(std::string_view host) {
    if (host.empty() || host.size() > longest_name || host.starts_with('.') ||
        !std::all_of(host.begin(), host.end(), is_name_character)) {
        return false;
    }
    const auto dot = host.find_last_of('.');
    return !is_digits(dot == std::string_view::npos ? host : host.substr(dot + 1));
}

/// Splits "host", "host:port", "[address]" or "[address]:port". False if it is none.
bool split_authority(std::string_view authority, Url& url) {
    std::string_view host = authority.substr(0, authority.find(':'));
    std::string_view port = authority.substr(host.size());
    if (authority.starts_with('[')) {
        const auto end = authority.find(']');
        host = authority.substr(1, end - 1);
        if (end == std::string_view::npos || host.find(':') == std::string_view::npos || !is_address(host)) {
            return false;
        }
        port = authority.substr(end + 1);
    } else if (!is_name(host) && !is_address(host)) {
        return false;
    }
    url.host = lower_case(host);
    if (port.empty()) {
        return true;
    }
    const auto number = parse_number(port.substr(1));
    if (port.front() != ':' || port.size() > 6 || !number || *number == 0 || *number > 65535) {
        return false;
    }
    url.port = static_cast<std::uint16_t>(*number);
    return true;
}

std::string bracketed(const std::string& host) {
    return host.find(':') == std::string::npos ? host : fmt::format("[{}]", host);
}

}  // namespace

bool is_address(std::string_view host) {
    boost::system::error_code error;
    // A zone (fe80::1%eth0) is this machine's matter and stands in no certificate.
    if (host.find_first_of(std::string_view("%\0", 2)) != std::string_view::npos) {
        return false;
    }
    boost::asio::ip::make_address(std::string(host), error);
    return !error;
}

std::string Url::authority() const {
    return port == (is_https ? 443 : 80) ? bracketed(host) : host_and_port();
}

std::string Url::host_and_port() const {
    return fmt::format("{}:{}", bracketed(host), port);
}

std::string Url::text() const {
    return fmt::format("{}://{}{}", is_https ? "https" : "http", authority(), target);
}

Result<Url> parse_url(std::string_view text) {
    const auto refusal = [&] {
        return fail(Errc::usage, "URL '{}': expected http(s)://HOST[:PORT][/PATH]",
                    printable(text.substr(0, longest_shown)));
    };
    constexpr std::string_view after_scheme = "://";
    const auto colon = text.find(after_scheme);
    const bool is_visible = std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c < 0x7f; });
    if (!is_visible || colon == std::string_view::npos) {
        return refusal();
    }
    Url url;
    url.is_https = iequals(text.substr(0, colon), "https");
    url.port = url.is_https ? 443 : 80;
    if (!url.is_https && !iequals(text.substr(0, colon), "http")) {
        return refusal();
    }
    auto rest = text.substr(colon + after_scheme.size());
    rest = rest.substr(0, rest.find('#'));
    const auto authority = rest.substr(0, rest.find_first_of("/?"));
    const auto target = rest.substr(authority.size());
    if (authority.find('@') != std::string_view::npos) {
        return fail(Errc::usage, "a URL with credentials in it is not taken");  // and not shown: they are secret
    }
    if (!split_authority(authority, url)) {
        return refusal();
    }
    url.target = fmt::format("{}{}", target.starts_with('/') ? "" : "/", target);
    return url;
}

}  // namespace tapalcatl::net
