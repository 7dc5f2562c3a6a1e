#include "net/proxy.hpp"

#include "base/text.hpp"

#include <boost/asio/ip/address.hpp>
#include <boost/asio/ip/network_v4.hpp>
#include <boost/asio/ip/network_v6.hpp>
#include <boost/beast/core/detail/base64.hpp>

#include <algorithm>
#include <vector>

namespace tapalcatl::net {
namespace {

namespace ip = boost::asio::ip;

std::optional<ip::address> parse_address(std::string_view text) {
    if (!is_address(text)) {
        return std::nullopt;
    }
    return ip::make_address(std::string(text));
}

bool network_contains(const std::string& network, const ip::address& address) {
    boost::system::error_code error;
    if (address.is_v4()) {
        const auto wanted = ip::make_network_v4(network, error);
        return !error && ip::network_v4(address.to_v4(), wanted.prefix_length()).canonical() == wanted.canonical();
    }
    const auto wanted = ip::make_network_v6(network, error);
    return !error && ip::network_v6(address.to_v6(), wanted.prefix_length()).canonical() == wanted.canonical();
}

/// This host, and what is reached without a router: EC2's metadata service and the agents that give containers their
/// credentials are such, by address (169.254.0.0/16, fd00:ec2::/32). To a proxy these mean another machine.
bool is_near(std::string_view host) {
    if (iequals(host, "localhost")) {
        return true;
    }
    const auto address = parse_address(host);
    if (!address || address->is_v4()) {
        return address && (address->is_loopback() || network_contains("169.254.0.0/16", *address));
    }
    return address->is_loopback() || address->to_v6().is_link_local() || network_contains("fd00:ec2::/32", *address);
}

std::string_view without_last_dot(std::string_view name) {
    return name.ends_with('.') ? name.substr(0, name.size() - 1) : name;
}

/// Takes the port off "name:80" and "[::1]:80". False where it isn't `port`.
bool strip_port(std::string_view& item, std::uint16_t port) {
    const auto colon = item.find_last_of(':');
    const bool is_bare_ipv6 = item.find(':') != colon && !item.starts_with('[');
    if (colon != std::string_view::npos && !is_bare_ipv6 && !item.ends_with(']')) {
        if (parse_number(item.substr(colon + 1)) != port) {
            return false;
        }
        item = item.substr(0, colon);
    }
    if (item.starts_with('[') && item.ends_with(']')) {
        item = item.substr(1, item.size() - 2);
    }
    return true;
}

bool is_or_is_below(std::string_view host, std::string_view name) {
    if (host.size() <= name.size()) {
        return iequals(host, name);
    }
    const auto cut = host.size() - name.size();
    return host[cut - 1] == '.' && iequals(host.substr(cut), name);
}

bool matches(std::string_view item, std::string_view host, std::uint16_t port) {
    if (item == "*") {
        return true;
    }
    const auto address = parse_address(host);
    if (item.find('/') != std::string_view::npos) {
        return address && network_contains(std::string(item), *address);
    }
    if (!strip_port(item, port)) {
        return false;
    }
    if (address) {
        return parse_address(item) == address;
    }
    if (item.starts_with("*.")) {
        item.remove_prefix(1);
    }
    if (item.starts_with('.')) {
        item.remove_prefix(1);
    }
    return !item.empty() && is_or_is_below(without_last_dot(host), without_last_dot(item));
}

std::string unescaped(std::string_view text) {
    std::string plain;
    const auto digit = [](char c) {
        const auto lower = static_cast<char>(c | 0x20);
        return c >= '0' && c <= '9' ? c - '0' : lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
    };
    for (std::size_t i = 0; i < text.size(); ++i) {
        const int high = text[i] == '%' && i + 2 < text.size() ? digit(text[i + 1]) : -1;
        const int low = high >= 0 ? digit(text[i + 2]) : -1;
        if (low >= 0) {
            plain += static_cast<char>(high * 16 + low);
            i += 2;
        } else {
            plain += text[i];
        }
    }
    return plain;
}

/// RFC 7617.
std::string basic_authorization(std::string_view user_info) {
    const auto colon = user_info.find(':');
    const auto password = colon == std::string_view::npos ? std::string_view{} : user_info.substr(colon + 1);
    const auto pair = fmt::format("{}:{}", unescaped(user_info.substr(0, colon)), unescaped(password));
    namespace base64 = boost::beast::detail::base64;
    std::string encoded(base64::encoded_size(pair.size()), '\0');
    encoded.resize(base64::encode(encoded.data(), pair.data(), pair.size()));
    return "Basic " + encoded;
}

std::string_view variable(const EnvironmentVariables& environment, const std::string& name) {
    const auto found = environment.find(name);
    return found == environment.end() ? std::string_view{} : trim(found->second);
}

Result<std::optional<Proxy>> read_proxy(const EnvironmentVariables& environment,
                                        std::initializer_list<const char*> names) {
    for (const std::string name : names) {
        const auto value = variable(environment, name);
        if (value.empty()) {
            continue;
        }
        auto proxy = parse_proxy(value);
        if (!proxy) {
            return proxy.error().within(name);
        }
        return std::optional(std::move(*proxy));
    }
    return std::optional<Proxy>();
}

}  // namespace

std::string Proxy::host_and_port() const {
    return host.find(':') == std::string::npos ? fmt::format("{}:{}", host, port) : fmt::format("[{}]:{}", host, port);
}

const Proxy* Proxies::find(const Url& url) const {
    const auto& proxy = url.is_https ? for_https : for_http;
    return proxy && !is_near(url.host) && !is_excepted(except, url.host, url.port) ? &*proxy : nullptr;
}

bool is_excepted(std::string_view list, std::string_view host, std::uint16_t port) {
    constexpr std::string_view between = ", \t";
    while (!list.empty()) {
        const auto item = list.substr(0, list.find_first_of(between));
        if (!item.empty() && matches(item, host, port)) {
            return true;
        }
        list.remove_prefix(std::min(item.size() + 1, list.size()));
    }
    return false;
}

Result<Proxy> parse_proxy(std::string_view text) {
    constexpr std::string_view after_scheme = "://";
    const auto colon = text.find(after_scheme);
    const auto scheme = colon == std::string_view::npos ? std::string_view("http") : text.substr(0, colon);
    auto rest = colon == std::string_view::npos ? text : text.substr(colon + after_scheme.size());
    if (!iequals(scheme, "http")) {
        return fail(Errc::usage, "a proxy that speaks {} is not supported: expected http://[USER:PASSWORD@]HOST[:PORT]",
                    printable(scheme));
    }
    rest = rest.substr(0, rest.find_first_of("/?#"));
    Proxy proxy;
    if (const auto at = rest.find_last_of('@'); at != std::string_view::npos) {
        proxy.authorization = basic_authorization(rest.substr(0, at));
        rest.remove_prefix(at + 1);
    }
    const auto url = parse_url(fmt::format("http://{}", rest));
    if (!url) {
        return fail(Errc::usage, "proxy '{}': expected http://[USER:PASSWORD@]HOST[:PORT]", printable(rest));
    }
    proxy.host = url->host;
    proxy.port = url->port;
    return proxy;
}

Result<Proxies> proxies_of(const EnvironmentVariables& environment) {
    auto for_https = read_proxy(environment, {"https_proxy", "HTTPS_PROXY"});
    if (!for_https) {
        return for_https.error();
    }
    auto for_http = read_proxy(environment, {"http_proxy"});
    if (!for_http) {
        return for_http.error();
    }
    auto except = variable(environment, "no_proxy");
    if (except.empty()) {
        except = variable(environment, "NO_PROXY");
    }
    return Proxies{std::move(*for_http), std::move(*for_https), std::string(except)};
}

}  // namespace tapalcatl::net
