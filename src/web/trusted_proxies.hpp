#pragma once

#include "base/error.hpp"
#include "base/ip.hpp"

#include <string_view>
#include <vector>

namespace tapalcatl::web {

/// The networks whose word about host, scheme and client is taken.
class TrustedProxies {
 public:
    /// Trusts nobody.
    TrustedProxies() = default;

    /// Reads addresses and networks, "10.0.0.0/8, ::1", IPv4 and IPv6, separated by commas or blanks. Bits of an
    /// address past its prefix length are ignored. Fails: usage.
    static Result<TrustedProxies> parse(std::string_view list);

    bool empty() const { return networks_.empty(); }

    /// Whether the address `ip` is in one of the networks; no for what is no address. IPv4 addresses may come as IPv6
    /// (::ffff:10.0.0.1), as sockets for both see them.
    bool contains(std::string_view ip) const;

 private:
    std::vector<IpNetwork> networks_;
};

}  // namespace tapalcatl::web
