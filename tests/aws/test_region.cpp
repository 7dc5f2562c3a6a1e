#include "aws/region.hpp"

#include <gtest/gtest.h>

namespace tapalcatl::aws {
namespace {

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
