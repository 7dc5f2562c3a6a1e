#include "aws/endpoint.hpp"

#include <gtest/gtest.h>

#include <string>

namespace tapalcatl::aws {
namespace {

struct EndpointCase {
    BucketAddress address;
    std::string url, authority, path_of_key;
};
void PrintTo(const EndpointCase& endpoint, std::ostream* out) {
    *out << endpoint.address.bucket << ' ' << endpoint.address.endpoint_url << ' ' << endpoint.url;
}
class Endpoints : public testing::TestWithParam<EndpointCase> {};

TEST_P(Endpoints, are_where_the_bucket_is) {
    const auto endpoint = endpoint_of(GetParam().address);
    ASSERT_TRUE(endpoint) << endpoint.error();
    EXPECT_EQ(endpoint->url(), GetParam().url);
    EXPECT_EQ(endpoint->authority(), GetParam().authority);
    EXPECT_EQ(endpoint->path_of("a b/1.zip"), GetParam().path_of_key);
}

constexpr auto automatic = Addressing::automatic;
constexpr auto virtual_host = Addressing::virtual_host;
constexpr auto path = Addressing::path;

INSTANTIATE_TEST_SUITE_P(Ways, Endpoints,
                         testing::Values(EndpointCase{{"tiles", "eu-central-1", "", automatic},
                                                      "https://tiles.s3.eu-central-1.amazonaws.com",
                                                      "tiles.s3.eu-central-1.amazonaws.com",
                                                      "/a%20b/1.zip"},
                                         EndpointCase{{"tiles", "cn-north-1", "", automatic},
                                                      "https://tiles.s3.cn-north-1.amazonaws.com.cn",
                                                      "tiles.s3.cn-north-1.amazonaws.com.cn",
                                                      "/a%20b/1.zip"},
                                         EndpointCase{{"tiles", "us-east-1", "", path},
                                                      "https://s3.us-east-1.amazonaws.com/tiles",
                                                      "s3.us-east-1.amazonaws.com",
                                                      "/tiles/a%20b/1.zip"},
                                         EndpointCase{{"my.tiles", "us-east-1", "", automatic},
                                                      "https://s3.us-east-1.amazonaws.com/my.tiles",
                                                      "s3.us-east-1.amazonaws.com",
                                                      "/my.tiles/a%20b/1.zip"},
                                         EndpointCase{{"my.tiles", "us-east-1", "", virtual_host},
                                                      "https://my.tiles.s3.us-east-1.amazonaws.com",
                                                      "my.tiles.s3.us-east-1.amazonaws.com",
                                                      "/a%20b/1.zip"},
                                         EndpointCase{{"Old_Tiles", "us-east-1", "", automatic},
                                                      "https://s3.us-east-1.amazonaws.com/Old_Tiles",
                                                      "s3.us-east-1.amazonaws.com",
                                                      "/Old_Tiles/a%20b/1.zip"},
                                         EndpointCase{{"tiles", "", "http://localhost:9000/", automatic},
                                                      "http://localhost:9000/tiles",
                                                      "localhost:9000",
                                                      "/tiles/a%20b/1.zip"},
                                         EndpointCase{{"tiles", "", "https://[::1]:443/s3/", automatic},
                                                      "https://[::1]/s3/tiles",
                                                      "[::1]",
                                                      "/s3/tiles/a%20b/1.zip"},
                                         EndpointCase{{"tiles", "auto", "HTTPS://account.example.com", virtual_host},
                                                      "https://tiles.account.example.com",
                                                      "tiles.account.example.com",
                                                      "/a%20b/1.zip"},
                                         EndpointCase{{"tiles", "", "http://example.com:80", automatic},
                                                      "http://example.com/tiles",
                                                      "example.com",
                                                      "/tiles/a%20b/1.zip"}));

struct VariantCase {
    std::string region;
    EndpointVariant variant;
    bool accelerate;
    std::string url;
};
class EndpointVariants : public testing::TestWithParam<VariantCase> {};

TEST_P(EndpointVariants, are_those_of_boto3) {
    BucketAddress address{"tiles", GetParam().region, "", automatic};
    address.variant = GetParam().variant;
    address.accelerate = GetParam().accelerate;
    const auto endpoint = endpoint_of(address);
    ASSERT_TRUE(endpoint) << endpoint.error();
    EXPECT_EQ(endpoint->url(), GetParam().url);
}

constexpr EndpointVariant fips{true, false};
constexpr EndpointVariant dualstack{false, true};
constexpr EndpointVariant both{true, true};

INSTANTIATE_TEST_SUITE_P(
    Regions, EndpointVariants,
    testing::Values(
        VariantCase{"eu-west-1", fips, false, "https://tiles.s3-fips.eu-west-1.amazonaws.com"},
        VariantCase{"eu-west-1", dualstack, false, "https://tiles.s3.dualstack.eu-west-1.amazonaws.com"},
        VariantCase{"us-gov-west-1", both, false, "https://tiles.s3-fips.dualstack.us-gov-west-1.amazonaws.com"},
        VariantCase{"cn-north-1", dualstack, false, "https://tiles.s3.dualstack.cn-north-1.amazonaws.com.cn"},
        VariantCase{"eu-west-1", {}, true, "https://tiles.s3-accelerate.amazonaws.com"},
        VariantCase{"eu-west-1", dualstack, true, "https://tiles.s3-accelerate.dualstack.amazonaws.com"}));

TEST(OtherEndpointVariants, do_not_matter_to_another_store) {
    BucketAddress address{"tiles", "auto", "https://store.example.com", automatic};
    address.variant = both;
    EXPECT_EQ(endpoint_of(address)->url(), "https://store.example.com/tiles");
}

TEST(OtherEndpointVariants, that_do_not_exist_are_refused) {
    BucketAddress address{"tiles", "cn-north-1", "", automatic};
    address.variant = fips;
    EXPECT_EQ(endpoint_of(address).error().message, "S3 has no FIPS endpoints in region cn-north-1");
    address.accelerate = true;
    EXPECT_EQ(endpoint_of(address).error().message, "S3 Transfer Acceleration has no FIPS endpoints");
    address.variant = {};
    address.bucket = "my.tiles";
    EXPECT_EQ(endpoint_of(address).error().message,
              "bucket my.tiles cannot be part of the host name of S3 Transfer Acceleration");
    address.endpoint_url = "https://store.example.com";
    EXPECT_EQ(endpoint_of(address).error().message, "use_accelerate_endpoint cannot be combined with an endpoint URL");
}

TEST(Endpoints, of_transfer_acceleration_may_be_named_by_url) {
    const auto endpoint = endpoint_of({"tiles", "eu-west-1", "https://s3-accelerate.amazonaws.com", automatic});
    ASSERT_TRUE(endpoint) << endpoint.error();
    EXPECT_EQ(endpoint->url(), "https://tiles.s3-accelerate.amazonaws.com");
}

TEST(Endpoints, keep_a_slash_that_begins_a_key) {
    const auto endpoint = endpoint_of({"tiles", "eu-central-1", "", automatic});
    ASSERT_TRUE(endpoint);
    EXPECT_EQ(endpoint->path_of("/x"), "//x");
}

struct RefusedCase {
    BucketAddress address;
    std::string message;
};
void PrintTo(const RefusedCase& refused, std::ostream* out) {
    *out << refused.message;
}
class RefusedEndpoints : public testing::TestWithParam<RefusedCase> {};

TEST_P(RefusedEndpoints, say_why) {
    const auto endpoint = endpoint_of(GetParam().address);
    ASSERT_FALSE(endpoint) << endpoint->url();
    EXPECT_EQ(endpoint.error().message, GetParam().message);
}

INSTANTIATE_TEST_SUITE_P(
    Kinds, RefusedEndpoints,
    testing::Values(
        RefusedCase{{"tiles", "", "", automatic}, "\"\" is not the name of an AWS region"},
        RefusedCase{{"tiles", "evil.example/", "", automatic}, "\"evil.example/\" is not the name of an AWS region"},
        RefusedCase{{"ab", "us-east-1", "", automatic},
                    "\"ab\" is not the name of a bucket, which has 3 to 63 characters, or up to 255 if it is old"},
        RefusedCase{{"a/b", "us-east-1", "", automatic},
                    "\"a/b\" is not the name of a bucket, which has only letters, digits, '-', '.' and '_'"},
        RefusedCase{{"a\nb", "us-east-1", "", automatic},
                    "\"a\\x0ab\" is not the name of a bucket, which has only letters, digits, '-', '.' and '_'"},
        RefusedCase{{"...", "us-east-1", "", automatic},
                    "\"...\" is not the name of a bucket, which has more than dots"},
        RefusedCase{{"arn:aws:s3:x:1:accesspoint/y", "us-east-1", "", automatic},
                    "arn:aws:s3:x:1:accesspoint/y: ARNs of access points are not supported; use the alias of the "
                    "access point or the name of the bucket"},
        RefusedCase{{"Tiles", "us-east-1", "", virtual_host},
                    "bucket Tiles cannot be part of a host name: use path addressing"},
        RefusedCase{{"a..b", "us-east-1", "", virtual_host},
                    "bucket a..b cannot be part of a host name: use path addressing"},
        RefusedCase{{"tiles-.x", "us-east-1", "", virtual_host},
                    "bucket tiles-.x cannot be part of a host name: use path addressing"},
        RefusedCase{{"1.2.3.4", "us-east-1", "", virtual_host},
                    "bucket 1.2.3.4 cannot be part of a host name: use path addressing"},
        RefusedCase{{"tiles", "", "http://127.0.0.1:9000", virtual_host},
                    "127.0.0.1 is an address, before which no bucket can stand: use path addressing"},
        RefusedCase{{"tiles", "", "s3.example.com", automatic}, "an endpoint URL begins with http:// or https://"},
        RefusedCase{{"tiles", "", "https://key:secret@s3.example.com", automatic},
                    "an endpoint URL has no user and no password; an @ in its path is written %40"},
        RefusedCase{{"tiles", "", "https://key:12/secret@s3.example.com", automatic},
                    "an endpoint URL has no user and no password; an @ in its path is written %40"},
        RefusedCase{{"tiles", "", "https://s3.example.com:0", automatic},
                    "the endpoint URL has no valid host and port: s3.example.com:0"},
        RefusedCase{{"tiles", "", "https://s3.example.com:65536", automatic},
                    "the endpoint URL has no valid host and port: s3.example.com:65536"},
        RefusedCase{{"tiles", "", "https://", automatic}, "the endpoint URL has no valid host and port: "},
        RefusedCase{{"tiles", "", "https://a\r\nb", automatic},
                    "the endpoint URL has no valid host and port: a\\x0d\\x0ab"},
        RefusedCase{{"tiles", "", "https://a/b?c", automatic},
                    "the endpoint URL has a query, a fragment or characters that must be encoded"}));

TEST(RefusedEndpoints, name_the_setting_that_they_come_from) {
    BucketAddress address{"tiles", "", "minio:9000", automatic};
    address.endpoint_origin = "AWS_ENDPOINT_URL_S3";
    address.region_origin = "AWS_REGION";
    EXPECT_EQ(endpoint_of(address).error().message,
              "AWS_ENDPOINT_URL_S3='minio:9000': an endpoint URL begins with http:// or https://");
    address.endpoint_url = "https://key:secret@s3.example.com";
    EXPECT_EQ(endpoint_of(address).error().message,
              "AWS_ENDPOINT_URL_S3='https://***@s3.example.com': an endpoint URL has no user and no password; an @ in "
              "its path is written %40");
    address.endpoint_url = "http://minio:9000";
    address.region = "us-east-1\n";
    EXPECT_EQ(endpoint_of(address).error().message,
              "AWS_REGION='us-east-1\\x0a': \"us-east-1\\x0a\" is not the name of a region");
    address.region = "Default_zone.1";
    EXPECT_TRUE(endpoint_of(address));
    address.endpoint_url.clear();
    address.region = "EU west";
    EXPECT_EQ(endpoint_of(address).error().message,
              "AWS_REGION='EU west': \"EU west\" is not the name of an AWS region");
}

struct DoubledCase {
    std::string bucket, endpoint_url;
    std::string corrected;  ///< empty: it does not contain the bucket
    Addressing addressing = automatic;
};
void PrintTo(const DoubledCase& doubled, std::ostream* out) {
    *out << doubled.endpoint_url;
}
class DoubledBuckets : public testing::TestWithParam<DoubledCase> {};

TEST_P(DoubledBuckets, are_found_in_the_endpoint) {
    const auto& want = GetParam();
    const auto corrected = without_bucket_in_endpoint({want.bucket, "auto", want.endpoint_url, automatic});
    ASSERT_EQ(corrected.has_value(), !want.corrected.empty());
    if (!corrected) {
        return;
    }
    EXPECT_EQ(corrected->endpoint_url, want.corrected);
    EXPECT_EQ(corrected->addressing, want.addressing);
    const auto endpoint = endpoint_of(*corrected);
    ASSERT_TRUE(endpoint) << endpoint.error();
    auto as_given = want.endpoint_url;
    while (as_given.ends_with('/')) {
        as_given.pop_back();
    }
    EXPECT_EQ(endpoint->url(), as_given);
}

INSTANTIATE_TEST_SUITE_P(
    Urls, DoubledBuckets,
    testing::Values(DoubledCase{"tiles", "https://1a2b.r2.cloudflarestorage.com/tiles",
                                "https://1a2b.r2.cloudflarestorage.com", path},
                    DoubledCase{"tiles", "http://127.0.0.1:9000/tiles/", "http://127.0.0.1:9000", path},
                    DoubledCase{"tiles", "https://gateway.example.com/s3/tiles", "https://gateway.example.com/s3",
                                path},
                    DoubledCase{"tiles", "https://tiles.fra1.digitaloceanspaces.com",
                                "https://fra1.digitaloceanspaces.com", virtual_host},
                    DoubledCase{"tiles", "https://tiles.s3.eu-west-1.amazonaws.com/",
                                "https://s3.eu-west-1.amazonaws.com", virtual_host},
                    // The path of a gateway, and names that a store may have.
                    DoubledCase{"tiles", "https://gateway.example.com/s3", ""},
                    DoubledCase{"tiles", "https://gateway.example.com/old-tiles", ""},
                    DoubledCase{"tiles", "https://gateway.example.com/tiles/v1", ""},
                    DoubledCase{"tiles", "https://tiles.example.com", ""}, DoubledCase{"tiles", "https://tiles", ""},
                    DoubledCase{"tiles", "https://my-tiles.fra1.digitaloceanspaces.com", ""},
                    DoubledCase{"127", "http://127.0.0.1:9000", ""}, DoubledCase{"tiles", "", ""},
                    DoubledCase{"tiles", "minio:9000/tiles", ""}));

TEST(Addressings, are_named_as_in_the_config_file) {
    EXPECT_EQ(*parse_addressing(""), automatic);
    EXPECT_EQ(*parse_addressing("auto"), automatic);
    EXPECT_EQ(*parse_addressing("Virtual"), virtual_host);
    EXPECT_EQ(*parse_addressing("path"), path);
    EXPECT_EQ(parse_addressing("host").error().code, Errc::usage);
}

TEST(RegionNames, have_nothing_that_could_lead_a_host_name_elsewhere) {
    for (const auto* good : {"eu-central-1", "us-gov-west-1", "auto", "us-east-1-fips"}) {
        EXPECT_TRUE(is_region_name(good)) << good;
    }
    for (const auto* bad : {"", "-", "eu.central", "EU", "x@y", "a/b", "a b", "a\r\n", "-a", "a-", "\xc3\xa9",
                            "a123456789012345678901234567890123"}) {
        EXPECT_FALSE(is_region_name(bad)) << bad;
    }
}

TEST(Regions, decide_what_host_names_end_with) {
    EXPECT_EQ(dns_suffix("eu-central-1"), "amazonaws.com");
    EXPECT_EQ(dns_suffix("us-gov-west-1"), "amazonaws.com");
    EXPECT_EQ(dns_suffix("cn-north-1"), "amazonaws.com.cn");
    EXPECT_EQ(dns_suffix("us-iso-east-1"), "c2s.ic.gov");
    EXPECT_EQ(dns_suffix("us-isob-east-1"), "sc2s.sgov.gov");
}

TEST(Regions, are_seen_in_the_host_that_s3_redirects_to) {
    EXPECT_EQ(region_in_host("tiles.s3.eu-west-1.amazonaws.com"), "eu-west-1");
    EXPECT_EQ(region_in_host("tiles.s3-eu-west-1.amazonaws.com"), "eu-west-1");
    EXPECT_EQ(region_in_host("s3-us-west-2.amazonaws.com"), "us-west-2");
    EXPECT_EQ(region_in_host("my.s3.tiles.s3.cn-north-1.amazonaws.com.cn"), "cn-north-1");
    EXPECT_EQ(region_in_host("tiles.s3.amazonaws.com"), "");
    EXPECT_EQ(region_in_host("evil-s3-eu-west-1.amazonaws.com"), "");
    EXPECT_EQ(region_in_host("s3.eu-west-1.example.com"), "");
    EXPECT_EQ(region_in_host(""), "");
}

}  // namespace
}  // namespace tapalcatl::aws
