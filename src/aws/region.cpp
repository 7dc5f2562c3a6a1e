#include "aws/region.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace tapalcatl::aws {
namespace {

/// By how a region's name begins. What is not here is in the first partition.
constexpr std::array<std::pair<std::string_view, std::string_view>, 6> partitions{{{"cn-", "amazonaws.com.cn"},
                                                                                   {"eusc-", "amazonaws.eu"},
                                                                                   {"us-iso-", "c2s.ic.gov"},
                                                                                   {"us-isob-", "sc2s.sgov.gov"},
                                                                                   {"eu-isoe-", "cloud.adc-e.uk"},
                                                                                   {"us-isof-", "csp.hci.ic.gov"}}};
constexpr std::string_view common_suffix = "amazonaws.com";

}  // namespace

bool is_region_name(std::string_view text) {
    return !text.empty() && text.size() <= 32 && text.front() != '-' && text.back() != '-' &&
           std::all_of(text.begin(), text.end(),
                       [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-'; });
}

std::string_view dns_suffix(std::string_view region) {
    const auto* const found = std::find_if(partitions.begin(), partitions.end(),
                                           [&](const auto& partition) { return region.starts_with(partition.first); });
    return found == partitions.end() ? common_suffix : found->second;
}

std::string region_in_host(std::string_view host) {
    const auto suffix = host.rfind(".amazonaws.");
    if (suffix == std::string_view::npos) {
        return {};
    }
    host = host.substr(0, suffix);
    // "s3.REGION" and, of old, "s3-REGION"; a bucket before it may have dots.
    for (const std::string_view service : {"s3.", "s3-"}) {
        const auto place = host.rfind(service);
        const bool begins = place == 0 || (place != std::string_view::npos && host[place - 1] == '.');
        if (begins && is_region_name(host.substr(place + service.size()))) {
            return std::string(host.substr(place + service.size()));
        }
    }
    return {};
}

}  // namespace tapalcatl::aws
