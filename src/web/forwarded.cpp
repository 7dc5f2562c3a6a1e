#include "web/forwarded.hpp"

#include "base/text.hpp"
#include "web/message.hpp"

#include <algorithm>
#include <optional>
#include <vector>

namespace tapalcatl::web {

Result<TrustedProxies> TrustedProxies::parse(std::string_view list) {
    constexpr std::string_view between = ", \t";
    TrustedProxies proxies;
    auto rest = list;
    for (;;) {
        rest.remove_prefix(std::min(rest.find_first_not_of(between), rest.size()));
        if (rest.empty()) {
            return proxies;
        }
        const auto item = rest.substr(0, rest.find_first_of(between));
        rest.remove_prefix(item.size());

        const auto network = parse_network(item);
        if (!network) {
            return fail(Errc::usage, "trusted proxy '{}': expected an address or a network such as 10.0.0.0/8 or ::1",
                        printable(item));
        }
        proxies.networks_.push_back(*network);
    }
}

bool TrustedProxies::contains(std::string_view ip) const {
    if (networks_.empty()) {
        return false;
    }
    const auto address = parse_ip(ip.substr(0, ip.find('%')));  // without the zone (fe80::1%eth0)
    return address && std::any_of(networks_.begin(), networks_.end(),
                                  [&](const IpNetwork& network) { return network.contains(*address); });
}

namespace {

/// The address of a node: "192.0.2.1", "192.0.2.1:80", "[2001:db8::1]:80", and "2001:db8::1" as in X-Forwarded-For.
std::string_view ip_of(std::string_view node) {
    if (node.starts_with('[')) {
        return node.substr(1, node.find(']') - 1);
    }
    const auto colon = node.find(':');
    const bool has_port = colon != std::string_view::npos && node.find(':', colon + 1) == std::string_view::npos;
    return has_port ? node.substr(0, colon) : node;
}

/// The member `from_the_right` (1 is the last) of a list; the first if there are fewer. Empty if there is none.
std::string_view member_from_the_right(std::string_view list, std::size_t from_the_right) {
    std::size_t count = 0;
    auto rest = list;
    while (!next_member(rest).empty()) {
        ++count;
    }
    rest = list;
    for (auto skip = count > from_the_right ? count - from_the_right : 0; skip > 0; --skip) {
        next_member(rest);
    }
    return next_member(rest);
}

/// The number of trusted proxies in a row, beginning with the peer, according to `forwarded_for`.
std::size_t trusted_hops(std::string_view forwarded_for, const TrustedProxies& proxies) {
    std::vector<std::string_view> nodes;
    auto rest = forwarded_for;
    for (auto node = next_member(rest); !node.empty(); node = next_member(rest)) {
        nodes.push_back(node);
    }
    std::size_t hops = 1;
    while (hops < nodes.size() && proxies.contains(ip_of(nodes[nodes.size() - hops]))) {
        ++hops;
    }
    return hops;
}

/// One forwarded-element of RFC 7239.
struct Element {
    std::string_view node;
    std::string_view host;
    std::string_view scheme;
};

/// Removes the value of a pair from the front of `rest`: a token, or a quoted string, without its quotes. Values that
/// are used here need no backslash in a quoted string, so it is not allowed.
std::optional<std::string_view> take_value(std::string_view& rest) {
    if (!rest.starts_with('"')) {
        const auto value = rest.substr(0, rest.find_first_of(",; \t"));
        rest.remove_prefix(value.size());
        // Unquoted colons and brackets are invalid, but common.
        const bool is_valid = !value.empty() && value.find_first_of("\"\\=") == std::string_view::npos;
        return is_valid ? std::optional(value) : std::nullopt;
    }
    const auto end = rest.find_first_of("\"\\", 1);
    if (end == std::string_view::npos || rest[end] != '"') {
        return std::nullopt;
    }
    const auto value = rest.substr(1, end - 1);
    rest.remove_prefix(end + 1);
    return value;
}

std::optional<std::vector<Element>> parse_elements(std::string_view field) {
    std::vector<Element> elements;
    Element element;
    auto rest = field;
    for (;;) {
        rest = trim(rest);
        if (!rest.empty() && rest[0] != ',' && rest[0] != ';') {
            const auto equals = rest.find('=');
            const auto name = rest.substr(0, equals);
            if (equals == std::string_view::npos || !is_token(name)) {
                return std::nullopt;
            }
            rest.remove_prefix(equals + 1);
            const auto value = take_value(rest);
            if (!value) {
                return std::nullopt;
            }
            if (iequals(name, "for")) {
                element.node = *value;
            } else if (iequals(name, "host")) {
                element.host = *value;
            } else if (iequals(name, "proto")) {
                element.scheme = *value;
            }
            rest = trim(rest);
        }
        if (rest.empty()) {
            elements.push_back(element);
            return elements;
        }
        if (rest[0] == ',') {
            elements.push_back(element);
            element = {};
        } else if (rest[0] != ';') {
            return std::nullopt;
        }
        rest.remove_prefix(1);
    }
}

Result<Forwarded> from_rfc7239(std::string_view field, const TrustedProxies& proxies) {
    const auto elements = parse_elements(field);
    if (!elements) {
        return fail(Errc::bad_request, "Forwarded '{}': expected the form of RFC 7239", printable(field.substr(0, 80)));
    }
    auto first = elements->size() - 1;
    while (first > 0 && proxies.contains(ip_of((*elements)[first].node))) {
        --first;
    }
    Forwarded forwarded;
    for (auto i = elements->size(); i-- > first;) {
        const auto& element = (*elements)[i];
        forwarded.host = element.host.empty() ? forwarded.host : element.host;
        forwarded.scheme = element.scheme.empty() ? forwarded.scheme : element.scheme;
    }
    return forwarded;
}

}  // namespace

Result<Forwarded> read_forwarded(const Request& request, const TrustedProxies& proxies) {
    if (!proxies.contains(request.peer)) {
        return Forwarded{};
    }
    const auto hops = trusted_hops(request[Field::x_forwarded_for], proxies);
    Forwarded forwarded;
    if (request[Field::x_forwarded_for].empty() && request[Field::x_forwarded_host].empty() &&
        request[Field::x_forwarded_proto].empty() && !request[Field::forwarded].empty()) {
        const auto read = from_rfc7239(request[Field::forwarded], proxies);
        if (!read) {
            return read.error();
        }
        forwarded = *read;
    } else {
        forwarded.host = member_from_the_right(request[Field::x_forwarded_host], hops);
        forwarded.scheme = member_from_the_right(request[Field::x_forwarded_proto], hops);
    }
    forwarded.prefix = member_from_the_right(request[Field::x_forwarded_prefix], hops);
    return forwarded;
}

}  // namespace tapalcatl::web
