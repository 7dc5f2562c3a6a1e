#include "web/trusted_proxies.hpp"

#include "base/text.hpp"

#include <algorithm>
#include <cstring>
#include <optional>

#include <arpa/inet.h>

namespace tapalcatl::web {
namespace {

struct ParsedAddress {
    std::array<unsigned char, 16> bytes;
    bool is_v4;
};

std::optional<ParsedAddress> parse_ip(std::string_view text) {
    std::array<char, INET6_ADDRSTRLEN + 1> terminated{};
    if (text.size() >= terminated.size() || text.find('\0') != std::string_view::npos) {
        return std::nullopt;
    }
    std::copy(text.begin(), text.end(), terminated.begin());
    ParsedAddress parsed{{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff}, true};
    if (inet_pton(AF_INET, terminated.data(), parsed.bytes.data() + 12) == 1) {
        return parsed;
    }
    parsed.is_v4 = false;
    if (inet_pton(AF_INET6, terminated.data(), parsed.bytes.data()) == 1) {
        return parsed;
    }
    return std::nullopt;
}

bool same_front(const std::array<unsigned char, 16>& a, const std::array<unsigned char, 16>& b, unsigned bits) {
    const auto whole = bits / 8;
    if (std::memcmp(a.data(), b.data(), whole) != 0) {
        return false;
    }
    const auto left = bits % 8;
    return left == 0 || (a[whole] ^ b[whole]) >> (8 - left) == 0;
}

}  // namespace

bool is_ip(std::string_view text) {
    return parse_ip(text).has_value();
}

Result<TrustedProxies> TrustedProxies::parse(std::string_view list) {
    constexpr std::string_view between = ", \t";
    TrustedProxies proxies;
    auto rest = list;
    for (;;) {
        rest.remove_prefix(std::min(rest.find_first_not_of(between), rest.size()));
        if (rest.empty()) {
            return proxies;
        }
        const auto item = rest.substr(0, rest.find_first_of(between));
        rest.remove_prefix(item.size());

        const auto slash = item.find('/');
        const auto address = parse_ip(item.substr(0, slash));
        if (!address) {
            return fail(Errc::usage, "trusted proxy '{}': expected an address or a network such as 10.0.0.0/8 or ::1",
                        printable(item));
        }
        const unsigned width = address->is_v4 ? 32 : 128;
        const auto bits = slash == std::string_view::npos ? width : parse_number(item.substr(slash + 1));
        if (!bits || *bits > width) {
            return fail(Errc::usage, "trusted proxy '{}': expected a prefix length of 0 to {}", printable(item), width);
        }
        proxies.networks_.push_back({address->bytes, static_cast<unsigned>(*bits) + 128 - width});
    }
}

bool TrustedProxies::contains(std::string_view ip) const {
    if (networks_.empty()) {
        return false;
    }
    const auto address = parse_ip(ip.substr(0, ip.find('%')));  // a zone (fe80::1%eth0) says where, not who
    return address && std::any_of(networks_.begin(), networks_.end(), [&](const Network& network) {
               return same_front(address->bytes, network.address, network.prefix_bits);
           });
}

}  // namespace tapalcatl::web
