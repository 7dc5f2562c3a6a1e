#pragma once

#include <array>
#include <optional>
#include <string_view>

namespace tapalcatl {

/// An IPv4 or IPv6 address. An IPv4 address equals the IPv6 address that stands for it (::ffff:10.0.0.1).
struct IpAddress {
    std::array<unsigned char, 16> bytes{};  ///< IPv4 as ::ffff:a.b.c.d
    bool is_v4 = false;                     ///< as it was written

    friend bool operator==(const IpAddress& a, const IpAddress& b) { return a.bytes == b.bytes; }
};

/// Reads an address without brackets, port and zone (fe80::1%eth0); nullopt for anything else, as for "127.1".
std::optional<IpAddress> parse_ip(std::string_view text);

/// A network in CIDR notation (RFC 4632): "10.0.0.0/8", "fd00::/8". An address alone is a network of one.
struct IpNetwork {
    IpAddress address;
    unsigned prefix_bits = 128;  ///< of 128; those of an IPv4 network count from 96

    /// Bits of the network's address past its prefix length are ignored.
    bool contains(const IpAddress& other) const;
};

/// nullopt for what is no network, as for a prefix length that is longer than the address.
std::optional<IpNetwork> parse_network(std::string_view text);

}  // namespace tapalcatl
