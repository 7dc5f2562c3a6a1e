#pragma once

#include "base/error.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace tapalcatl::net {

/// An http or https URL, as far as a request needs it.
struct Url {
    bool is_https = true;
    std::string host;  ///< a name in lower case or an address; IPv6 without brackets
    std::uint16_t port = 443;
    std::string target = "/";  ///< path and query, as in the request line

    /// As the Host header has it: the port only if it isn't the scheme's own.
    std::string authority() const;
    /// "name:443", "[::1]:8080".
    std::string host_and_port() const;
    std::string text() const;

    friend bool operator==(const Url&, const Url&) = default;
};

/// Reads an absolute URL. A fragment is left out, escapes stay as they are.
/// Fails: usage for other schemes, and for credentials, blanks, control characters and bytes beyond ASCII in it.
Result<Url> parse_url(std::string_view text);

/// Whether `host` is an IPv4 or IPv6 address, without brackets.
bool is_address(std::string_view host);

}  // namespace tapalcatl::net
