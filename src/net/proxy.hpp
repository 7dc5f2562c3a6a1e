#pragma once

#include "base/error.hpp"
#include "base/text.hpp"
#include "base/url.hpp"
#include "net/tls.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace tapalcatl::net {

/// An HTTP proxy.
struct Proxy {
    std::string host;
    std::uint16_t port = 80;
    Secret authorization;  ///< the value of Proxy-Authorization, or empty

    std::string host_and_port() const;
};

/// The proxies for http and https, and the hosts that are reached without one.
struct Proxies {
    std::optional<Proxy> for_http;
    std::optional<Proxy> for_https;
    std::string no_proxy;  ///< hosts that are reached directly, in the form of NO_PROXY

    /// The proxy for `url`, or null for a direct connection. Loopback and link-local addresses never have a proxy.
    /// Lifetime: part of this object.
    const Proxy* find(const Url& url) const;
};

/// Reads https_proxy, HTTPS_PROXY, http_proxy, no_proxy and NO_PROXY, as curl does: lower case takes precedence, and
/// HTTP_PROXY is not read, because under CGI a client could set it.
/// Fails: usage, naming the variable, for a value that is not an http:// URL.
Result<Proxies> proxies_from_environment(const EnvironmentVariables& environment);

/// Reads "http://user:password@host:port"; scheme, credentials and port are optional. The last @ ends the password, in
/// which /, ? and # have to be percent-encoded.
/// Fails: usage. The message does not contain the credentials.
Result<Proxy> parse_proxy(std::string_view text);

/// Whether `list`, in the form of NO_PROXY, contains `host` and `port`. Its items are separated by commas or blanks: a
/// domain (with its subdomains, with or without a leading dot) or an address, both with an optional port; a network
/// (10.0.0.0/8); or *.
bool matches_no_proxy(std::string_view list, std::string_view host, std::uint16_t port);

}  // namespace tapalcatl::net
