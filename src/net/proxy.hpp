#pragma once

#include "base/error.hpp"
#include "base/secret.hpp"
#include "base/url.hpp"
#include "net/ca_bundle.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace tapalcatl::net {

/// A proxy that speaks HTTP.
struct Proxy {
    std::string host;
    std::uint16_t port = 80;
    Secret authorization;  ///< the Proxy-Authorization header's value, or empty

    std::string host_and_port() const;
};

/// Which proxy is used for which URL.
struct Proxies {
    std::optional<Proxy> for_http;
    std::optional<Proxy> for_https;
    std::string except;  ///< hosts to reach directly, as in NO_PROXY

    /// The proxy for `url`; null: none, as for addresses of this host and of its own link. Lifetime: part of this.
    const Proxy* find(const Url& url) const;
};

/// Reads https_proxy, HTTPS_PROXY, http_proxy, no_proxy and NO_PROXY, as curl does: lower case wins, and HTTP_PROXY is
/// not read, as under CGI a client could set it.
/// Fails: usage, naming the variable, for what is no http:// URL.
Result<Proxies> proxies_of(const EnvironmentVariables& environment);

/// Reads "http://user:password@host:port"; scheme, credentials and port may be left out. The last @ ends a password;
/// one with a /, ? or # in it has to be encoded.
/// Fails: usage. The message has no credentials in it.
Result<Proxy> parse_proxy(std::string_view text);

/// Whether `list` takes in `host` and `port`. Items are separated by commas or blanks: a name (itself and all below it,
/// with or without a dot in front), an address, a network (10.0.0.0/8), each but the last perhaps with a port; or *.
bool is_excepted(std::string_view list, std::string_view host, std::uint16_t port);

}  // namespace tapalcatl::net
