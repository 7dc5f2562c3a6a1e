#include "net/proxy.hpp"

#include "base/hash.hpp"
#include "base/text.hpp"
#include "base/url.hpp"

#include <algorithm>
#include <array>

namespace tapalcatl::net {
namespace {

/// Whether `host` is a loopback or link-local address. EC2's metadata service and the credential endpoints of
/// containers have link-local addresses, which mean another machine on a proxy.
bool is_local(std::string_view host) {
    constexpr std::array local_networks{"127.0.0.0/8", "169.254.0.0/16", "::1", "fe80::/10", "fd00:ec2::/32"};
    const auto address = parse_ip(host);
    return iequals(host, "localhost") ||
           (address && std::any_of(local_networks.begin(), local_networks.end(),
                                   [&](const char* network) { return parse_network(network)->contains(*address); }));
}

std::string_view without_last_dot(std::string_view name) {
    return name.ends_with('.') ? name.substr(0, name.size() - 1) : name;
}

/// Removes the port from "name:80" and "[::1]:80", and the brackets. False if there is a port other than `port`.
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

bool is_in_domain(std::string_view host, std::string_view name) {
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
    const auto address = parse_ip(host);
    if (item.find('/') != std::string_view::npos) {
        const auto network = parse_network(item);
        return address && network && network->address.is_v4 == address->is_v4 && network->contains(*address);
    }
    if (!strip_port(item, port)) {
        return false;
    }
    if (address) {
        return parse_ip(item) == address;
    }
    if (item.starts_with("*.")) {
        item.remove_prefix(1);
    }
    if (item.starts_with('.')) {
        item.remove_prefix(1);
    }
    return !item.empty() && is_in_domain(without_last_dot(host), without_last_dot(item));
}

/// The value of Proxy-Authorization (RFC 7617). As in curl, a % that does not begin an escape stands for itself.
Secret basic_authorization(std::string_view userinfo) {
    std::string user;
    std::string password;
    percent_decode(next_field(userinfo, ':'), user);
    percent_decode(userinfo, password);
    return Secret("Basic " + base64(as_bytes(fmt::format("{}:{}", user, password))));
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
    return tapalcatl::host_and_port(host, port);
}

const Proxy* Proxies::find(const Url& url) const {
    const auto& proxy = url.is_https ? for_https : for_http;
    return proxy && !is_local(url.host) && !matches_no_proxy(no_proxy, url.host, url.port) ? &*proxy : nullptr;
}

bool matches_no_proxy(std::string_view list, std::string_view host, std::uint16_t port) {
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
    constexpr std::string_view expected = "expected http://[USER:PASSWORD@]HOST[:PORT]";
    const bool has_scheme = split_url(text).has_value();
    const auto url = has_scheme ? std::string(text) : fmt::format("http://{}", text);
    const auto parts = split_url(url);
    if (!iequals(parts->scheme, "http")) {
        return fail(Errc::usage, "proxies of type {} are not supported: {}", parts->scheme, expected);
    }
    if (parts->has_later_at) {
        return fail(Errc::usage, "proxy '{}': {}; in a user and a password, / ? and # are written %2F %3F and %23",
                    url_for_people(text), expected);
    }
    const auto authority = parse_authority(parts->authority);
    if (!authority) {
        return fail(Errc::usage, "proxy '{}': {}", url_for_people(text), expected);
    }
    Proxy proxy;
    proxy.host = authority->host;
    proxy.port = authority->port.value_or(proxy.port);
    if (parts->userinfo) {
        proxy.authorization = basic_authorization(*parts->userinfo);
    }
    return proxy;
}

Result<Proxies> proxies_from_environment(const EnvironmentVariables& environment) {
    auto for_https = read_proxy(environment, {"https_proxy", "HTTPS_PROXY"});
    if (!for_https) {
        return for_https.error();
    }
    auto for_http = read_proxy(environment, {"http_proxy"});
    if (!for_http) {
        return for_http.error();
    }
    auto no_proxy = variable(environment, "no_proxy");
    if (no_proxy.empty()) {
        no_proxy = variable(environment, "NO_PROXY");
    }
    return Proxies{std::move(*for_http), std::move(*for_https), std::string(no_proxy)};
}

}  // namespace tapalcatl::net
