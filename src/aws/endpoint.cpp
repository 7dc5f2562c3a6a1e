#include "aws/endpoint.hpp"

#include "base/text.hpp"
#include "base/url.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cassert>
#include <utility>

namespace tapalcatl::aws {
namespace {

struct Partition {
    std::string_view region_prefix;
    std::string_view dns_suffix;
    std::string_view dualstack_suffix;  ///< of services other than S3
};

/// The partitions, by how the names of their regions begin. Other regions are in the first partition.
constexpr std::array<Partition, 6> other_partitions{{{"cn-", "amazonaws.com.cn", "api.amazonwebservices.com.cn"},
                                                     {"eusc-", "amazonaws.eu", "api.amazonwebservices.eu"},
                                                     {"us-iso-", "c2s.ic.gov", "api.aws.ic.gov"},
                                                     {"us-isob-", "sc2s.sgov.gov", "api.aws.scloud"},
                                                     {"eu-isoe-", "cloud.adc-e.uk", "api.cloud-aws.adc-e.uk"},
                                                     {"us-isof-", "csp.hci.ic.gov", "api.aws.hci.ic.gov"}}};
constexpr Partition first_partition{"", "amazonaws.com", "api.aws"};

const Partition& partition_of(std::string_view region) {
    const auto* const found =
        std::find_if(other_partitions.begin(), other_partitions.end(),
                     [&](const Partition& partition) { return region.starts_with(partition.region_prefix); });
    return found == other_partitions.end() ? first_partition : *found;
}

bool is_label_character(char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
}

/// Whether `name` can stand in front of a host name.
bool fits_a_host(std::string_view name) {
    if (name.size() < 3 || name.size() > 63 || is_address(name)) {
        return false;
    }
    while (!name.empty()) {
        const bool more = name.find('.') != std::string_view::npos;
        const auto label = next_field(name, '.');
        if (label.empty() || label.front() == '-' || label.back() == '-' ||
            !std::all_of(label.begin(), label.end(), is_label_character) || (more && name.empty())) {
            return false;
        }
    }
    return true;
}

bool is_path(std::string_view path) {
    return std::all_of(path.begin(), path.end(), [](char c) {
        return is_ascii_alphanumeric(c) || c == '-' ||
               std::string_view("/._~%!$&'()*+,;=:@").find(c) != std::string_view::npos;
    });
}

/// `error` with the setting that it comes from, if that is known.
Error from(const Error& error, const std::string& origin, std::string_view value) {
    return origin.empty() ? error : error.within(fmt::format("{}='{}'", origin, url_for_people(value)));
}

/// Parses "https://host:port/path". Fails: usage, without showing what could be a password.
Result<Endpoint> parse_endpoint_url(std::string_view text) {
    text = trim(text);
    const auto parts = split_url(text);
    if (!parts || !(iequals(parts->scheme, "https") || iequals(parts->scheme, "http"))) {
        return fail(Errc::usage, "an endpoint URL begins with http:// or https://");
    }
    if (parts->userinfo || parts->has_later_at) {
        return fail(Errc::usage, "an endpoint URL has no user and no password; an @ in its path is written %40");
    }
    const auto authority = parse_authority(parts->authority);
    if (!authority) {
        return fail(Errc::usage, "the endpoint URL has no valid host and port: {}", printable(parts->authority));
    }
    auto path = text.substr(static_cast<std::size_t>(parts->authority.end() - text.begin()));
    if (!is_path(path)) {
        return fail(Errc::usage, "the endpoint URL has a query, a fragment or characters that must be encoded");
    }
    while (path.ends_with('/')) {
        path.remove_suffix(1);
    }
    Endpoint endpoint;
    endpoint.tls = iequals(parts->scheme, "https");
    endpoint.host = bracketed(authority->host);
    endpoint.port = authority->port.value_or(endpoint.tls ? 443 : 80);
    endpoint.base_path = path;
    return endpoint;
}

/// Whether requests to another store can be signed for `region`. Such stores have names of their own, which boto3 takes
/// with capitals.
bool is_signable_region(std::string_view region) {
    return std::all_of(region.begin(), region.end(),
                       [](char c) { return is_ascii_alphanumeric(c) || c == '-' || c == '_' || c == '.'; });
}

constexpr std::string_view accelerate_host = "s3-accelerate.amazonaws.com";
constexpr std::string_view dualstack_accelerate_host = "s3-accelerate.dualstack.amazonaws.com";

bool uses_host(const BucketAddress& address, const Endpoint& endpoint) {
    if (address.addressing != Addressing::automatic) {
        return address.addressing == Addressing::virtual_host;
    }
    const bool has_dot = address.bucket.find('.') != std::string::npos;
    if (endpoint.host == accelerate_host || endpoint.host == dualstack_accelerate_host) {
        return fits_a_host(address.bucket) && !has_dot;
    }
    return address.endpoint_url.empty() && fits_a_host(address.bucket) && !(has_dot && endpoint.tls);
}

/// The host of S3 without a bucket.
Result<std::string> s3_host(const BucketAddress& address) {
    if (!is_region_name(address.region)) {
        const auto error = fail(Errc::usage, "\"{}\" is not the name of an AWS region", printable(address.region));
        return from(error, address.region_origin, address.region);
    }
    if (address.accelerate) {
        if (address.variant.fips) {
            return fail(Errc::usage, "S3 Transfer Acceleration has no FIPS endpoints");
        }
        return std::string(address.variant.dualstack ? dualstack_accelerate_host : accelerate_host);
    }
    if (address.variant.fips && address.region.starts_with("cn-")) {
        return fail(Errc::unsupported, "S3 has no FIPS endpoints in region {}", address.region);
    }
    return fmt::format("s3{}{}.{}.{}", address.variant.fips ? "-fips" : "",
                       address.variant.dualstack ? ".dualstack" : "", address.region, dns_suffix(address.region));
}

}  // namespace

bool is_region_name(std::string_view text) {
    return !text.empty() && text.size() <= 32 && text.front() != '-' && text.back() != '-' &&
           std::all_of(text.begin(), text.end(),
                       [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-'; });
}

std::string_view dns_suffix(std::string_view region) {
    return partition_of(region).dns_suffix;
}

Result<std::string> service_url(const Service& service, std::string_view region, EndpointVariant variant,
                                std::string_view configured) {
    if (!configured.empty()) {
        const auto url = parse_url(configured);
        if (!url || url->target.find_first_not_of('/') != std::string::npos) {
            return fail(Errc::usage, "the endpoint of {} must be a URL like https://host:port", service.name);
        }
        return fmt::format("{}://{}/", url->is_https ? "https" : "http", url->authority());
    }
    if (!is_region_name(region)) {
        return fail(Errc::usage, "\"{}\" is not the name of an AWS region", printable(region));
    }
    const auto& partition = partition_of(region);
    // All endpoints of GovCloud are validated; those with "-fips" in their name are the dual-stack ones only.
    const bool has_fips_name = variant.fips && (variant.dualstack || !region.starts_with("us-gov-"));
    return fmt::format("https://{}{}.{}.{}/", service.host_prefix, has_fips_name ? "-fips" : "", region,
                       variant.dualstack ? partition.dualstack_suffix : partition.dns_suffix);
}

std::string region_in_host(std::string_view host) {
    const auto suffix = host.rfind(".amazonaws.");
    if (suffix == std::string_view::npos) {
        return {};
    }
    host = host.substr(0, suffix);
    // "s3.REGION", "s3.dualstack.REGION" and, in old names, "s3-REGION". A bucket in front of it may have dots.
    for (const std::string_view service : {"s3.dualstack.", "s3-fips.dualstack.", "s3-fips.", "s3.", "s3-"}) {
        const auto found = host.rfind(service);
        const bool begins = found == 0 || (found != std::string_view::npos && host[found - 1] == '.');
        if (begins && is_region_name(host.substr(found + service.size()))) {
            return std::string(host.substr(found + service.size()));
        }
    }
    return {};
}

Result<Addressing> parse_addressing(std::string_view text) {
    if (text.empty() || iequals(text, "auto")) {
        return Addressing::automatic;
    }
    if (iequals(text, "virtual")) {
        return Addressing::virtual_host;
    }
    if (iequals(text, "path")) {
        return Addressing::path;
    }
    return fail(Errc::usage, "addressing is auto, virtual or path, not {}", printable(text));
}

std::string Endpoint::authority() const {
    return port == (tls ? 443 : 80) ? host : fmt::format("{}:{}", host, port);
}

std::string Endpoint::path_of(std::string_view key) const {
    assert(!key.empty());
    return base_path + '/' + uri_encode_path(key);
}

std::string Endpoint::url() const {
    return fmt::format("{}://{}{}", tls ? "https" : "http", authority(), base_path);
}

Result<void> check_bucket_name(std::string_view name) {
    if (name.starts_with("arn:")) {
        return fail(
            Errc::unsupported,
            "{}: ARNs of access points are not supported; use the alias of the access point or the name of the bucket",
            printable(name));
    }
    if (name.size() < 3 || name.size() > 255) {
        return fail(Errc::usage,
                    "\"{}\" is not the name of a bucket, which has 3 to 63 characters, or up to 255 if it is old",
                    printable(name));
    }
    const bool good = std::all_of(name.begin(), name.end(),
                                  [](char c) { return is_ascii_alphanumeric(c) || c == '-' || c == '.' || c == '_'; });
    if (!good) {
        return fail(Errc::usage, "\"{}\" is not the name of a bucket, which has only letters, digits, '-', '.' and '_'",
                    printable(name));
    }
    if (name.find_first_not_of('.') == std::string_view::npos) {
        return fail(Errc::usage, "\"{}\" is not the name of a bucket, which has more than dots", printable(name));
    }
    return {};
}

Result<Endpoint> endpoint_of(const BucketAddress& address) {
    if (const auto good = check_bucket_name(address.bucket); !good) {
        return good.error();
    }
    Endpoint endpoint;
    if (address.endpoint_url.empty()) {
        auto host = s3_host(address);
        if (!host) {
            return host.error();
        }
        endpoint.host = std::move(*host);
    } else {
        auto parsed = parse_endpoint_url(address.endpoint_url);
        if (!parsed) {
            return from(parsed.error(), address.endpoint_origin, address.endpoint_url);
        }
        endpoint = std::move(*parsed);
        if (!is_signable_region(address.region)) {
            const auto error = fail(Errc::usage, "\"{}\" is not the name of a region", printable(address.region));
            return from(error, address.region_origin, address.region);
        }
    }
    if (address.accelerate && !address.endpoint_url.empty()) {
        return fail(Errc::usage, "use_accelerate_endpoint cannot be combined with an endpoint URL");
    }
    if (!uses_host(address, endpoint)) {
        if (address.accelerate) {
            return fail(Errc::usage, "bucket {} cannot be part of the host name of S3 Transfer Acceleration",
                        printable(address.bucket));
        }
        endpoint.base_path += '/' + uri_encode(address.bucket);
        return endpoint;
    }
    if (!fits_a_host(address.bucket)) {
        return fail(Errc::usage, "bucket {} cannot be part of a host name: use path addressing",
                    printable(address.bucket));
    }
    if (endpoint.host.starts_with('[') || is_address(endpoint.host)) {
        return fail(Errc::usage, "{} is an address, before which no bucket can stand: use path addressing",
                    endpoint.host);
    }
    endpoint.host = address.bucket + '.' + endpoint.host;
    return endpoint;
}

std::optional<BucketAddress> without_bucket_in_endpoint(const BucketAddress& address) {
    auto endpoint = address.endpoint_url.empty() || !check_bucket_name(address.bucket)
                        ? Result<Endpoint>(fail(Errc::usage, "no endpoint"))
                        : parse_endpoint_url(address.endpoint_url);
    if (!endpoint) {
        return std::nullopt;
    }
    constexpr auto labels_of_a_store = 3;
    auto corrected = address;
    const auto before_host = address.bucket + '.';
    const auto rest = std::string_view(endpoint->host).substr(std::min(before_host.size(), endpoint->host.size()));
    if (endpoint->base_path.ends_with('/' + address.bucket)) {
        endpoint->base_path.resize(endpoint->base_path.size() - address.bucket.size() - 1);
        corrected.addressing = Addressing::path;
    } else if (endpoint->base_path.empty() && endpoint->host.starts_with(before_host) &&
               std::count(rest.begin(), rest.end(), '.') + 1 >= labels_of_a_store && !is_address(endpoint->host)) {
        endpoint->host = rest;
        corrected.addressing = Addressing::virtual_host;
    } else {
        return std::nullopt;
    }
    corrected.endpoint_url = endpoint->url();
    return corrected;
}

}  // namespace tapalcatl::aws
