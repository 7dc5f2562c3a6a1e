#include "web/trusted_proxies.hpp"

#include "base/text.hpp"

#include <algorithm>

namespace tapalcatl::web {

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

        const auto network = parse_network(item);
        if (!network) {
            return fail(Errc::usage, "trusted proxy '{}': expected an address or a network such as 10.0.0.0/8 or ::1",
                        printable(item));
        }
        proxies.networks_.push_back(*network);
    }
}

bool TrustedProxies::contains(std::string_view ip) const {
    if (networks_.empty()) {
        return false;
    }
    const auto address = parse_ip(ip.substr(0, ip.find('%')));  // a zone (fe80::1%eth0) says where, not who
    return address && std::any_of(networks_.begin(), networks_.end(),
                                  [&](const IpNetwork& network) { return network.contains(*address); });
}

}  // namespace tapalcatl::web
