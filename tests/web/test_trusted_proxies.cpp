#include "web/trusted_proxies.hpp"

#include <gtest/gtest.h>

namespace tapalcatl::web {
namespace {

TrustedProxies trusting(std::string_view list) {
    auto parsed = TrustedProxies::parse(list);
    EXPECT_TRUE(parsed) << parsed.error();
    return *parsed;
}

TEST(TrustedProxies, are_nobody_unless_named) {
    EXPECT_TRUE(trusting("").empty());
    EXPECT_TRUE(trusting(" , ").empty());
    EXPECT_FALSE(TrustedProxies().contains("127.0.0.1"));
}

TEST(TrustedProxies, are_single_addresses) {
    const auto proxies = trusting("127.0.0.1, ::1");
    EXPECT_TRUE(proxies.contains("127.0.0.1"));
    EXPECT_TRUE(proxies.contains("::1"));
    EXPECT_TRUE(proxies.contains("0:0:0:0:0:0:0:1"));
    EXPECT_FALSE(proxies.contains("127.0.0.2"));
    EXPECT_FALSE(proxies.contains("::2"));
}

TEST(TrustedProxies, are_networks_up_to_their_last_address) {
    const auto proxies = trusting("10.0.0.0/8 172.16.0.0/12 192.168.7.128/25 2001:db8::/33");
    for (const auto* inside : {"10.0.0.0", "10.255.255.255", "172.31.255.255", "192.168.7.128", "192.168.7.255",
                               "2001:db8::", "2001:db8:7fff:ffff:ffff:ffff:ffff:ffff"}) {
        EXPECT_TRUE(proxies.contains(inside)) << inside;
    }
    for (const auto* outside : {"9.255.255.255", "11.0.0.0", "172.32.0.0", "172.15.255.255", "192.168.7.127",
                                "192.168.8.0", "2001:db8:8000::", "2001:db7::", "::10.0.0.1"}) {
        EXPECT_FALSE(proxies.contains(outside)) << outside;
    }
}

TEST(TrustedProxies, of_prefix_length_zero_are_everybody_of_that_family) {
    EXPECT_TRUE(trusting("0.0.0.0/0").contains("203.0.113.9"));
    EXPECT_FALSE(trusting("0.0.0.0/0").contains("2001:db8::1"));
    EXPECT_TRUE(trusting("::/0").contains("2001:db8::1"));
}

TEST(TrustedProxies, ignore_the_bits_past_the_prefix) {
    EXPECT_TRUE(trusting("10.1.2.3/8").contains("10.9.9.9"));
}

TEST(TrustedProxies, see_through_ipv4_in_ipv6_and_zones) {
    EXPECT_TRUE(trusting("10.0.0.0/8").contains("::ffff:10.1.2.3"));
    EXPECT_TRUE(trusting("::ffff:10.0.0.0/104").contains("10.1.2.3"));
    EXPECT_TRUE(trusting("fe80::/10").contains("fe80::1%eth0"));
}

TEST(TrustedProxies, are_not_what_is_no_address) {
    const auto proxies = trusting("0.0.0.0/0, ::/0");
    for (const std::string_view text :
         {std::string_view(""), std::string_view("localhost"), std::string_view("10.1"),
          std::string_view("10.0.0.1:80"), std::string_view("[::1]"), std::string_view("10.0.0.256"),
          std::string_view("010.0.0.1"), std::string_view("10.0.0.1 "), std::string_view("10.0.0.1\0", 9),
          std::string_view("1:2:3:4:5:6:7:8:9"), std::string_view("_hidden")}) {
        EXPECT_FALSE(proxies.contains(text)) << text;
    }
    EXPECT_FALSE(proxies.contains(std::string(1000, '1')));
}

TEST(TrustedProxies, that_are_none_are_refused_by_name) {
    for (const auto* text : {"nginx", "10.0.0.0/", "10.0.0.0/33", "10.0.0.0/-1", "::1/129", "10.0.0.0/8/8", "/8",
                             "10.0.0/8", "[::1]", "10.0.0.0/8;::1", "fe80::1%eth0"}) {
        const auto parsed = TrustedProxies::parse(std::string("127.0.0.1, ") + text);
        ASSERT_FALSE(parsed) << text;
        EXPECT_EQ(parsed.error().code, Errc::usage);
        EXPECT_NE(parsed.error().message.find(text), std::string::npos) << parsed.error();
        EXPECT_NE(parsed.error().message.find("expected"), std::string::npos) << parsed.error();
    }
}

}  // namespace
}  // namespace tapalcatl::web
