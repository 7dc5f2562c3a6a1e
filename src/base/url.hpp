#pragma once

#include "base/error.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tapalcatl {

/// An IPv4 or IPv6 address. An IPv4 address equals the IPv6 address that it is mapped to (::ffff:10.0.0.1).
struct IpAddress {
    std::array<unsigned char, 16> bytes{};  ///< IPv4 as ::ffff:a.b.c.d
    bool is_v4 = false;                     ///< in the text that was parsed

    friend bool operator==(const IpAddress& a, const IpAddress& b) { return a.bytes == b.bytes; }
};

/// Reads an address without brackets, port and zone (fe80::1%eth0); nullopt for anything else, such as "127.1".
std::optional<IpAddress> parse_ip(std::string_view text);

/// A network in CIDR notation (RFC 4632): "10.0.0.0/8", "fd00::/8". An address alone is a network of one.
struct IpNetwork {
    IpAddress address;
    unsigned prefix_bits = 128;  ///< of 128; those of an IPv4 network count from 96

    /// Bits of the network's address behind its prefix are ignored.
    bool contains(const IpAddress& other) const;
};

/// Reads a network; nullopt for anything else, such as a prefix length that exceeds the address.
std::optional<IpNetwork> parse_network(std::string_view text);

/// The parts of "scheme://userinfo@host:port/path?query", not decoded. Lifetime: views the text.
///
/// Deviates from RFC 3986, because passwords are often written without encoding, and curl and redis-py accept them.
struct UrlParts {
    std::string_view scheme;
    std::optional<std::string_view> userinfo;  ///< up to the last @ in front of the path; may be a secret
    std::string_view authority;                ///< host and port, without userinfo
    std::string_view path;                     ///< with its slash, or empty
    std::optional<std::string_view> query;     ///< without its question mark; may be a secret
    /// There is an @ behind the authority. If path and query cannot contain one, it ends a password that contains a /,
    /// ? or #: then the other parts are parts of that password, and must not be shown.
    bool has_later_at = false;
};

/// nullopt unless `text` begins with a scheme and "://". A fragment is dropped.
std::optional<UrlParts> split_url(std::string_view text);

/// A host and perhaps a port (RFC 3986, section 3.2).
struct HostAndPort {
    std::string host;  ///< a name in lower case or an address; IPv6 without brackets
    std::optional<std::uint16_t> port;
};

/// Reads "host", "host:port", "[address]" or "[address]:port". nullopt for anything else, such as a zone
/// (fe80::1%eth0), which has a meaning on one machine only, and names that end in a number, which some resolvers take
/// for addresses ("127.1").
std::optional<HostAndPort> parse_authority(std::string_view text);

/// "a.example" or "[::1]".
std::string bracketed(const std::string& host);
/// "a.example:443" or "[::1]:443".
std::string host_and_port(const std::string& host, std::uint16_t port);

/// Whether `host` is an IPv4 or IPv6 address, without brackets.
bool is_address(std::string_view host);

/// An http or https URL, as far as a request needs it.
struct Url {
    bool is_https = true;
    std::string host;  ///< a name in lower case or an address; IPv6 without brackets
    std::uint16_t port = 443;
    std::string target = "/";  ///< path and query, as in the request line

    /// The value of the Host header: with the port unless it is the default port of the scheme.
    std::string authority() const;
    /// "name:443", "[::1]:8080".
    std::string host_and_port() const;
    /// The whole URL. The query may be a secret; for messages there is for_people().
    std::string text() const;
    /// The URL without the query.
    std::string for_people() const;

    friend bool operator==(const Url&, const Url&) = default;
};

/// Reads an absolute URL. A fragment is left out, escapes stay as they are. `default_path` is the path of a URL that
/// has neither path nor query. Fails: usage for other schemes, and for credentials, blanks, control characters and
/// bytes beyond ASCII in it. The message shows neither credentials nor query.
Result<Url> parse_url(std::string_view text, std::string_view default_path = "/");

/// `text`, which need not be a valid URL, without userinfo, query and fragment, in printable characters. If it is
/// unclear where a password ends, only the scheme is left.
std::string url_for_people(std::string_view text);

/// Writes `text` with its escapes (RFC 3986, section 2.1) decoded to `decoded`. A % that begins no escape stays as it
/// is, and so does the escape of `kept`. The result is the first % that begins none, with what follows it ("%zz"), and
/// empty if there is none. Lifetime: views `text`.
std::string_view percent_decode(std::string_view text, std::string& decoded, std::optional<char> kept = std::nullopt);

/// `text` with every byte but letters, digits and "-._~" written as %XX: AWS's UriEncode, and RFC 3986, section 2.1.
std::string uri_encode(std::string_view text);

/// An object's key as a path: like uri_encode, with its slashes left alone. Each segment is encoded once, which is what
/// S3 signs; nothing is normalized, so that "a//b" and "a/../b" name the objects they name.
std::string uri_encode_path(std::string_view key);

/// The parameters of a query, not encoded.
using Query = std::vector<std::pair<std::string, std::string>>;

/// `query` in canonical form, encoded and sorted, without '?': "max-keys=2&prefix=J". What is sent is what is signed.
std::string canonical_query(const Query& query);

}  // namespace tapalcatl
