#pragma once

#include "base/error.hpp"
#include "base/url.hpp"
#include "web/message.hpp"

#include <string_view>
#include <vector>

namespace tapalcatl::web {

/// The networks of proxies whose statements about host, scheme and client are trusted.
class TrustedProxies {
 public:
    /// An empty list: no proxy is trusted.
    TrustedProxies() = default;

    /// Reads IPv4 and IPv6 addresses and networks, "10.0.0.0/8, ::1", separated by commas or blanks. Bits of an address
    /// behind its prefix are ignored. Fails: usage.
    static Result<TrustedProxies> parse(std::string_view list);

    bool empty() const { return networks_.empty(); }

    /// Whether the address `ip` is in one of the networks; false if it is not an address. IPv4 addresses may be mapped
    /// to IPv6 (::ffff:10.0.0.1), as in dual-stack sockets.
    bool contains(std::string_view ip) const;

 private:
    std::vector<IpNetwork> networks_;
};

/// The original request as the client sent it to the first proxy. Fields that no trusted proxy set are empty.
struct Forwarded {
    std::string_view scheme;  ///< not validated; neither are the others
    std::string_view host;
    std::string_view prefix;  ///< what the proxy removed from the start of the path
};

/// Reads X-Forwarded-{For,Host,Proto,Prefix}, or Forwarded (RFC 7239) if none of the first three is present, if the
/// request comes from a trusted proxy; otherwise all fields are empty.
///
/// Each proxy appends to the lists. The values of the trusted proxy that is farthest away are used: the lists are read
/// from the right as long as their addresses are trusted. A trusted proxy must remove the fields that it does not use,
/// otherwise clients can set them.
///
/// Lifetime: views the request. Fails: bad_request if Forwarded is malformed, because then it is unknown which proxy
/// set what.
Result<Forwarded> read_forwarded(const Request& request, const TrustedProxies& proxies);

}  // namespace tapalcatl::web
