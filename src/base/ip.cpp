#include "base/ip.hpp"

#include "base/text.hpp"

#include <algorithm>
#include <cstring>

#include <arpa/inet.h>

namespace tapalcatl {

std::optional<IpAddress> parse_ip(std::string_view text) {
    std::array<char, INET6_ADDRSTRLEN + 1> terminated{};
    if (text.size() >= terminated.size() || text.find('\0') != std::string_view::npos) {
        return std::nullopt;
    }
    std::copy(text.begin(), text.end(), terminated.begin());
    IpAddress parsed{{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff}, true};
    if (::inet_pton(AF_INET, terminated.data(), parsed.bytes.data() + 12) == 1) {
        return parsed;
    }
    parsed.is_v4 = false;
    if (::inet_pton(AF_INET6, terminated.data(), parsed.bytes.data()) == 1) {
        return parsed;
    }
    return std::nullopt;
}

bool IpNetwork::contains(const IpAddress& other) const {
    const auto whole = prefix_bits / 8;
    if (std::memcmp(address.bytes.data(), other.bytes.data(), whole) != 0) {
        return false;
    }
    const auto left = prefix_bits % 8;
    return left == 0 || (address.bytes[whole] ^ other.bytes[whole]) >> (8 - left) == 0;
}

std::optional<IpNetwork> parse_network(std::string_view text) {
    const auto slash = text.find('/');
    const auto address = parse_ip(text.substr(0, slash));
    if (!address) {
        return std::nullopt;
    }
    const unsigned width = address->is_v4 ? 32 : 128;
    const auto bits = slash == std::string_view::npos ? width : parse_number(text.substr(slash + 1));
    if (!bits || *bits > width) {
        return std::nullopt;
    }
    return IpNetwork{*address, static_cast<unsigned>(*bits) + 128 - width};
}

}  // namespace tapalcatl
