#include "web/forwarded.hpp"

#include "base/text.hpp"
#include "web/characters.hpp"

#include <optional>
#include <vector>

namespace tapalcatl::web {
namespace {

/// The address in a node name: "192.0.2.1", "192.0.2.1:80", "[2001:db8::1]:80"; also "2001:db8::1", as
/// X-Forwarded-For has it.
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

/// How many proxies in a row, the peer first, are trusted, as far as `forwarded_for` tells.
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

/// Takes the value of a pair from the front of `rest`: a token, or a quoted string, whose quotes are dropped. Nothing
/// that belongs here needs a backslash in a quoted string, so there is none.
std::optional<std::string_view> take_value(std::string_view& rest) {
    if (!rest.starts_with('"')) {
        const auto value = rest.substr(0, rest.find_first_of(",; \t"));
        rest.remove_prefix(value.size());
        // Unquoted colons and brackets are not allowed, and common.
        const bool fine = !value.empty() && value.find_first_of("\"\\=") == std::string_view::npos;
        return fine ? std::optional(value) : std::nullopt;
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
