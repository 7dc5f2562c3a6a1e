#include "aws/endpoint.hpp"

#include "aws/region.hpp"
#include "base/text.hpp"
#include "base/url.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cassert>

namespace tapalcatl::aws {
namespace {

bool is_label_character(char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
}

bool looks_like_an_address(std::string_view name) {
    return std::count(name.begin(), name.end(), '.') == 3 &&
           name.find_first_not_of("0123456789.") == std::string_view::npos;
}

/// Whether `name` can stand in front of a host's name.
bool fits_a_host(std::string_view name) {
    if (name.size() < 3 || name.size() > 63 || looks_like_an_address(name)) {
        return false;
    }
    while (!name.empty()) {
        const bool more = name.find('.') != std::string_view::npos;
        const auto label = next_field(name, '.');
        if (label.empty() || label.front() == '-' || label.back() == '-' ||
            !std::all_of(label.begin(), label.end(), is_label_character) || (more && name.empty())) {
            return false;
        }
    }
    return true;
}

bool is_host(std::string_view host) {
    if (host.starts_with('[')) {
        return host.size() > 2 && host.ends_with(']') &&
               host.substr(1, host.size() - 2).find_first_not_of("0123456789abcdefABCDEF:.") == std::string_view::npos;
    }
    return !host.empty() && host.size() <= 253 && std::all_of(host.begin(), host.end(), [](char c) {
        return is_label_character(c) || (c >= 'A' && c <= 'Z') || c == '.' || c == '_';
    });
}

bool is_path(std::string_view path) {
    return std::all_of(path.begin(), path.end(), [](char c) {
        return is_label_character(c) || (c >= 'A' && c <= 'Z') ||
               std::string_view("/._~%!$&'()*+,;=:@").find(c) != std::string_view::npos;
    });
}

/// Takes "https://host:port/path" apart. Fails: usage, without showing what could be a password.
Result<Endpoint> parse_endpoint_url(std::string_view url) {
    Endpoint endpoint;
    auto rest = trim(url);
    endpoint.tls = iequals(rest.substr(0, 8), "https://");
    if (!endpoint.tls && !iequals(rest.substr(0, 7), "http://")) {
        return fail(Errc::usage, "an endpoint URL begins with http:// or https://");
    }
    rest.remove_prefix(endpoint.tls ? 8 : 7);
    const auto authority = rest.substr(0, rest.find_first_of("/?#"));
    auto path = rest.substr(authority.size());
    if (rest.find('@') != std::string_view::npos) {
        return fail(Errc::usage, "an endpoint URL has no user and no password; an @ in its path is written %40");
    }
    const auto bracket = authority.rfind(']');
    const auto colon = authority.find(':', bracket == std::string_view::npos ? 0 : bracket);
    endpoint.host = authority.substr(0, colon);
    endpoint.port = endpoint.tls ? 443 : 80;
    if (colon != std::string_view::npos) {
        const auto port = parse_number(authority.substr(colon + 1));
        if (!port || *port == 0 || *port > 65535) {
            return fail(Errc::usage, "the endpoint URL's port is no number from 1 to 65535");
        }
        endpoint.port = static_cast<std::uint16_t>(*port);
    }
    if (!is_host(endpoint.host)) {
        return fail(Errc::usage, "the endpoint URL's host {} is none", printable(endpoint.host));
    }
    if (!is_path(path)) {
        return fail(Errc::usage, "the endpoint URL has a query, a fragment or characters that must be encoded");
    }
    while (path.ends_with('/')) {
        path.remove_suffix(1);
    }
    endpoint.base_path = path;
    return endpoint;
}

bool uses_host(const BucketAddress& address, bool tls) {
    if (address.addressing != Addressing::automatic) {
        return address.addressing == Addressing::virtual_host;
    }
    const bool has_dot = address.bucket.find('.') != std::string::npos;
    return address.endpoint_url.empty() && fits_a_host(address.bucket) && !(has_dot && tls);
}

}  // namespace

Result<Addressing> parse_addressing(std::string_view text) {
    if (text.empty() || iequals(text, "auto")) {
        return Addressing::automatic;
    }
    if (iequals(text, "virtual")) {
        return Addressing::virtual_host;
    }
    if (iequals(text, "path")) {
        return Addressing::path;
    }
    return fail(Errc::usage, "addressing is auto, virtual or path, not {}", printable(text));
}

std::string Endpoint::authority() const {
    return port == (tls ? 443 : 80) ? host : fmt::format("{}:{}", host, port);
}

std::string Endpoint::path_of(std::string_view key) const {
    assert(!key.empty());
    return base_path + '/' + uri_encode_path(key);
}

std::string Endpoint::url() const {
    return fmt::format("{}://{}{}", tls ? "https" : "http", authority(), base_path);
}

Result<void> check_bucket_name(std::string_view name) {
    if (name.starts_with("arn:")) {
        return fail(Errc::unsupported, "{}: access points are not supported, give the bucket's name", printable(name));
    }
    if (name.size() < 3 || name.size() > 255) {
        return fail(Errc::usage, "\"{}\" is no bucket: a name has 3 to 63 characters, an old one up to 255",
                    printable(name));
    }
    const bool good = std::all_of(name.begin(), name.end(), [](char c) {
        return is_label_character(c) || (c >= 'A' && c <= 'Z') || c == '.' || c == '_';
    });
    if (!good) {
        return fail(Errc::usage, "\"{}\" is no bucket: a name has letters, digits, '-', '.' and '_' only",
                    printable(name));
    }
    if (name.find_first_not_of('.') == std::string_view::npos) {
        return fail(Errc::usage, "\"{}\" is no bucket: a name is more than dots", printable(name));
    }
    return {};
}

Result<Endpoint> endpoint_of(const BucketAddress& address) {
    if (const auto good = check_bucket_name(address.bucket); !good) {
        return good.error();
    }
    Endpoint endpoint;
    if (address.endpoint_url.empty()) {
        if (!is_region_name(address.region)) {
            return fail(Errc::usage, "\"{}\" is no AWS region", printable(address.region));
        }
        endpoint.host = fmt::format("s3.{}.{}", address.region, dns_suffix(address.region));
    } else {
        auto parsed = parse_endpoint_url(address.endpoint_url);
        if (!parsed) {
            return parsed.error();
        }
        endpoint = std::move(*parsed);
    }
    if (!uses_host(address, endpoint.tls)) {
        endpoint.base_path += '/' + uri_encode(address.bucket);
        return endpoint;
    }
    if (!fits_a_host(address.bucket)) {
        return fail(Errc::usage, "bucket {} cannot be part of a host's name: use path addressing",
                    printable(address.bucket));
    }
    if (endpoint.host.starts_with('[') || looks_like_an_address(endpoint.host)) {
        return fail(Errc::usage, "{} is an address, and takes no bucket before it: use path addressing", endpoint.host);
    }
    endpoint.host = address.bucket + '.' + endpoint.host;
    return endpoint;
}

}  // namespace tapalcatl::aws
