#pragma once

#include "base/error.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tapalcatl::aws {

/// Where the bucket's name stands: before the host, or in front of the path.
enum class Addressing { automatic, virtual_host, path };

/// "auto" or empty, "virtual", "path". Fails: usage.
Result<Addressing> parse_addressing(std::string_view text);

/// A bucket, and how to reach it.
struct BucketAddress {
    std::string bucket;
    std::string region;
    std::string endpoint_url;  ///< of another store; empty: AWS's of the region
    Addressing addressing = Addressing::automatic;
};

/// Where requests for the objects of a bucket go.
struct Endpoint {
    bool tls = true;
    std::string host;  ///< to connect to, and for TLS; an IPv6 address is in brackets
    std::uint16_t port = 443;
    std::string base_path;  ///< encoded, before an object's path; "" or "/..." without '/' at its end

    /// The header Host: with the port where it is not the scheme's own.
    std::string authority() const;

    /// The encoded path of an object. Requires: `key` is not empty, for that would be the bucket itself.
    std::string path_of(std::string_view key) const;

    /// For people: "https://tiles.s3.eu-central-1.amazonaws.com".
    std::string url() const;

    friend bool operator==(const Endpoint&, const Endpoint&) = default;
};

/// The endpoint of a bucket.
///
/// Automatic addressing takes the path with endpoints of others, with names that cannot be part of a host's name, and
/// with names that have dots over https, where no certificate would match; else the host.
/// Fails: usage: a bucket, region or URL that cannot be; virtual addressing of a name that cannot be in a host's.
Result<Endpoint> endpoint_of(const BucketAddress& address);

/// Whether `name` can be a bucket's: 3 to 63 letters, digits, '.', '-', '_'; older buckets have up to 255, and
/// capitals. Fails: usage, saying what is wrong with it.
Result<void> check_bucket_name(std::string_view name);

}  // namespace tapalcatl::aws
