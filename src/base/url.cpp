#include "base/url.hpp"

#include "base/text.hpp"

#include <algorithm>
#include <cstring>

#include <arpa/inet.h>

namespace tapalcatl {

std::optional<IpAddress> parse_ip(std::string_view text) {
    std::array<char, INET6_ADDRSTRLEN + 1> terminated{};
    if (text.size() >= terminated.size() || text.find('\0') != std::string_view::npos) {
        return std::nullopt;
    }
    std::copy(text.begin(), text.end(), terminated.begin());
    IpAddress parsed{{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff}, true};
    if (::inet_pton(AF_INET, terminated.data(), parsed.bytes.data() + 12) == 1) {
        return parsed;
    }
    parsed.is_v4 = false;
    if (::inet_pton(AF_INET6, terminated.data(), parsed.bytes.data()) == 1) {
        return parsed;
    }
    return std::nullopt;
}

bool IpNetwork::contains(const IpAddress& other) const {
    const auto whole = prefix_bits / 8;
    if (std::memcmp(address.bytes.data(), other.bytes.data(), whole) != 0) {
        return false;
    }
    const auto left = prefix_bits % 8;
    return left == 0 || (address.bytes[whole] ^ other.bytes[whole]) >> (8 - left) == 0;
}

std::optional<IpNetwork> parse_network(std::string_view text) {
    const auto slash = text.find('/');
    const auto address = parse_ip(text.substr(0, slash));
    if (!address) {
        return std::nullopt;
    }
    const unsigned width = address->is_v4 ? 32 : 128;
    const auto bits = slash == std::string_view::npos ? width : parse_number(text.substr(slash + 1));
    if (!bits || *bits > width) {
        return std::nullopt;
    }
    return IpNetwork{*address, static_cast<unsigned>(*bits) + 128 - width};
}

namespace {

constexpr std::string_view after_scheme = "://";
constexpr std::size_t max_name_length = 253;  // RFC 1035, section 2.3.4, as text
constexpr std::size_t max_shown_length = 120;

/// RFC 3986, section 3.1.
bool is_scheme(std::string_view text) {
    return !text.empty() && is_ascii_letter(text.front()) && std::all_of(text.begin(), text.end(), [](char c) {
        return is_ascii_alphanumeric(c) || c == '+' || c == '-' || c == '.';
    });
}

bool is_name(std::string_view host) {
    if (host.empty() || host.size() > max_name_length || host.starts_with('.') ||
        !std::all_of(host.begin(), host.end(),
                     [](char c) { return is_ascii_alphanumeric(c) || c == '-' || c == '.' || c == '_'; })) {
        return false;
    }
    const auto dot = host.find_last_of('.');
    return !is_digits(dot == std::string_view::npos ? host : host.substr(dot + 1));
}

bool is_unreserved(char c) {
    return is_ascii_alphanumeric(c) || c == '-' || c == '.' || c == '_' || c == '~';
}

std::string encode(std::string_view text, bool keep_slash) {
    constexpr std::string_view digits = "0123456789ABCDEF";
    std::string encoded;
    encoded.reserve(text.size() + text.size() / 2);
    for (const char c : text) {
        if (is_unreserved(c) || (keep_slash && c == '/')) {
            encoded += c;
        } else {
            const auto byte = static_cast<unsigned char>(c);
            encoded += '%';
            encoded += digits[byte >> 4U];
            encoded += digits[byte & 15U];
        }
    }
    return encoded;
}

}  // namespace

std::optional<UrlParts> split_url(std::string_view text) {
    const auto colon = text.find(after_scheme);
    UrlParts parts;
    parts.scheme = text.substr(0, colon);
    if (colon == std::string_view::npos || !is_scheme(parts.scheme)) {
        return std::nullopt;
    }
    auto rest = text.substr(colon + after_scheme.size());
    parts.authority = rest.substr(0, rest.find_first_of("/?#"));
    rest.remove_prefix(parts.authority.size());
    parts.has_later_at = rest.find('@') != std::string_view::npos;
    if (const auto at = parts.authority.rfind('@'); at != std::string_view::npos) {
        parts.userinfo = parts.authority.substr(0, at);
        parts.authority.remove_prefix(at + 1);
    }
    rest = rest.substr(0, rest.find('#'));
    parts.path = rest.substr(0, rest.find('?'));
    if (parts.path.size() < rest.size()) {
        parts.query = rest.substr(parts.path.size() + 1);
    }
    return parts;
}

std::optional<HostAndPort> parse_authority(std::string_view text) {
    std::string_view host = text.substr(0, text.find(':'));
    std::string_view port = text.substr(host.size());
    if (text.starts_with('[')) {
        const auto end = text.find(']');
        host = text.substr(1, end - 1);
        if (end == std::string_view::npos || host.find(':') == std::string_view::npos || !is_address(host)) {
            return std::nullopt;
        }
        port = text.substr(end + 1);
    } else if (!is_name(host) && !is_address(host)) {
        return std::nullopt;
    }
    HostAndPort authority{lower_case(host), std::nullopt};
    if (port.empty()) {
        return authority;
    }
    const auto number = parse_number(port.substr(1));
    if (port.front() != ':' || port.size() > 6 || !number || *number == 0 || *number > 65535) {
        return std::nullopt;
    }
    authority.port = static_cast<std::uint16_t>(*number);
    return authority;
}

std::string bracketed(const std::string& host) {
    return host.find(':') == std::string::npos ? host : fmt::format("[{}]", host);
}

std::string host_and_port(const std::string& host, std::uint16_t port) {
    return fmt::format("{}:{}", bracketed(host), port);
}

bool is_address(std::string_view host) {
    return parse_ip(host).has_value();
}

std::string Url::authority() const {
    return port == (is_https ? 443 : 80) ? bracketed(host) : host_and_port();
}

std::string Url::host_and_port() const {
    return tapalcatl::host_and_port(host, port);
}

std::string Url::text() const {
    return fmt::format("{}://{}{}", is_https ? "https" : "http", authority(), target);
}

std::string Url::for_people() const {
    return fmt::format("{}://{}{}", is_https ? "https" : "http", authority(), target.substr(0, target.find('?')));
}

Result<Url> parse_url(std::string_view text, std::string_view default_path) {
    const auto refusal = [&] {
        return fail(Errc::usage, "URL '{}': expected http(s)://HOST[:PORT][/PATH]", url_for_people(text));
    };
    const bool is_visible = std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c < 0x7f; });
    const auto parts = split_url(text);
    if (!is_visible || !parts) {
        return refusal();
    }
    Url url;
    url.is_https = iequals(parts->scheme, "https");
    if (!url.is_https && !iequals(parts->scheme, "http")) {
        return refusal();
    }
    const bool may_hide_password = parts->has_later_at && parts->authority.find(':') != std::string_view::npos;
    if (parts->userinfo || may_hide_password) {
        return fail(Errc::usage, "URL '{}': credentials in a URL are not supported; an @ elsewhere is written %40",
                    url_for_people(text));
    }
    const auto authority = parse_authority(parts->authority);
    if (!authority) {
        return refusal();
    }
    url.host = authority->host;
    url.port = authority->port.value_or(url.is_https ? 443 : 80);
    url.target = parts->path;
    if (parts->path.empty()) {
        url.target = parts->query ? "/" : default_path;
    }
    if (parts->query) {
        url.target += fmt::format("?{}", *parts->query);
    }
    return url;
}

std::string url_for_people(std::string_view text) {
    const auto colon = text.find(after_scheme);
    const bool has_scheme = colon != std::string_view::npos && is_scheme(text.substr(0, colon));
    const auto scheme = has_scheme ? text.substr(0, colon + after_scheme.size()) : std::string_view{};
    auto rest = text.substr(scheme.size());
    const auto end = rest.find_first_of("?#");
    const auto at = rest.rfind('@');
    std::string_view hidden;
    if (at != std::string_view::npos) {
        hidden = "***@";
        rest = at < end ? rest.substr(at + 1, end - at - 1) : std::string_view{};
    } else {
        rest = rest.substr(0, end);
    }
    return printable(fmt::format("{}{}{}", scheme, hidden, rest).substr(0, max_shown_length));
}

std::string_view percent_decode(std::string_view text, std::string& decoded, std::optional<char> kept) {
    std::string_view broken;
    decoded.clear();
    decoded.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
        const auto high = text[i] == '%' && i + 2 < text.size() ? hex_digit(text[i + 1]) : std::nullopt;
        const auto low = high ? hex_digit(text[i + 2]) : std::nullopt;
        if (low) {
            const auto byte = static_cast<char>(*high << 4U | *low);
            if (byte == kept) {
                decoded += text.substr(i, 3);
            } else {
                decoded += byte;
            }
            i += 2;
            continue;
        }
        if (text[i] == '%' && broken.empty()) {
            broken = text.substr(i, 3);
        }
        decoded += text[i];
    }
    return broken;
}

std::string uri_encode(std::string_view text) {
    return encode(text, false);
}

std::string uri_encode_path(std::string_view key) {
    return encode(key, true);
}

std::string canonical_query(const Query& query) {
    std::vector<std::pair<std::string, std::string>> encoded;
    encoded.reserve(query.size());
    for (const auto& [name, value] : query) {
        encoded.emplace_back(uri_encode(name), uri_encode(value));
    }
    // By name, then value, each as encoded: "a=" and "a1" compare by their names, not by what follows.
    std::sort(encoded.begin(), encoded.end());
    std::string text;
    for (const auto& [name, value] : encoded) {
        text += text.empty() ? "" : "&";
        text += name;
        text += '=';
        text += value;
    }
    return text;
}

}  // namespace tapalcatl
