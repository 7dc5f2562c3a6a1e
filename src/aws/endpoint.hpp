#pragma once

#include "base/error.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tapalcatl::aws {

/// Whether `text` can be the name of a region: lower-case letters, digits and '-'. Such a text may become part of a
/// host name, whoever sent it. S3-compatible stores have names of their own, such as "auto".
bool is_region_name(std::string_view text);

/// What the host names of a region's services end with: "amazonaws.com", in China "amazonaws.com.cn".
std::string_view dns_suffix(std::string_view region);

/// Which of its endpoints AWS is reached by.
struct EndpointVariant {
    bool fips = false;       ///< with FIPS 140 validated cryptography
    bool dualstack = false;  ///< over IPv4 and IPv6

    friend bool operator==(const EndpointVariant&, const EndpointVariant&) = default;
};

/// A service of AWS other than S3.
struct Service {
    std::string_view name;         ///< for messages: "STS"
    std::string_view host_prefix;  ///< "sts"
};

/// The URL of a service, ending with '/': `configured` if that is not empty, else the endpoint of AWS in `region`.
/// Fails: usage for an invalid region, and for a configured URL with a query, a path or a user.
Result<std::string> service_url(const Service& service, std::string_view region, EndpointVariant variant,
                                std::string_view configured);

/// The region in a host name like "bucket.s3-eu-west-1.amazonaws.com"; empty if it has none.
std::string region_in_host(std::string_view host);

/// Where the bucket's name stands: before the host name, or at the front of the path.
enum class Addressing { automatic, virtual_host, path };

/// "auto" or empty, "virtual", "path". Fails: usage.
Result<Addressing> parse_addressing(std::string_view text);

/// A bucket and how to reach it.
struct BucketAddress {
    std::string bucket;
    std::string region;
    std::string endpoint_url;  ///< of another store; empty: the endpoint of AWS in the region
    Addressing addressing = Addressing::automatic;
    EndpointVariant variant = {};  ///< of AWS; as in boto3, it does not matter to another store
    bool accelerate = false;       ///< S3 Transfer Acceleration
    /// Where the region and the URL are configured, for messages: "AWS_REGION"; empty: not told.
    std::string region_origin = {}, endpoint_origin = {};
};

/// Where requests for the objects of a bucket go.
struct Endpoint {
    bool tls = true;
    std::string host;  ///< to connect to, and for TLS; an IPv6 address is in brackets
    std::uint16_t port = 443;
    std::string base_path;  ///< encoded, before an object's path; "" or "/..." without '/' at its end

    /// The value of the header Host: with the port where it is not the default of the scheme.
    std::string authority() const;

    /// The encoded path of an object. Requires: `key` is not empty, because that path would name the bucket itself.
    std::string path_of(std::string_view key) const;

    /// For people: "https://tiles.s3.eu-central-1.amazonaws.com".
    std::string url() const;

    friend bool operator==(const Endpoint&, const Endpoint&) = default;
};

/// The endpoint of a bucket. The region of another store may be empty, or any letters, digits, '-', '_' and '.'.
/// Transfer Acceleration needs the bucket in the host, and no FIPS endpoint and no other store. FIPS is unsupported in
/// China.
///
/// Automatic addressing puts the bucket into the path for endpoints of other stores, for names that cannot be part of a
/// host name, and for names with dots over https, which no certificate would match. Otherwise it goes into the host.
/// Fails: usage for an invalid bucket, region or URL, and for virtual addressing of a name that cannot be in a host
/// name.
Result<Endpoint> endpoint_of(const BucketAddress& address);

/// An address whose endpoint URL names the bucket itself would have the bucket twice in each request. The result is the
/// address of what `address.endpoint_url` names, as endpoint and bucket; nullopt if that URL does not seem to contain
/// the bucket.
///
/// The bucket is the last part of the URL's path ("https://host/tiles"), or begins its host name
/// ("https://tiles.fra1.example.com"). Three labels must follow it there: "tiles.example.com" may be the name of a
/// store.
std::optional<BucketAddress> without_bucket_in_endpoint(const BucketAddress& address);

/// Checks the name of a bucket: 3 to 63 letters, digits, '.', '-', '_'; older buckets have up to 255, and capitals.
/// Fails: usage, with the reason; unsupported for the ARN of an access point.
Result<void> check_bucket_name(std::string_view name);

}  // namespace tapalcatl::aws
