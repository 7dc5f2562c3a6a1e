#include "web/forwarded.hpp"

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

const TrustedProxies inside = *TrustedProxies::parse("10.0.0.0/8, ::1");

Request from_proxy() {
    Request request;
    request.peer = "10.0.0.1";
    return request;
}

Forwarded read(const Request& request) {
    const auto forwarded = read_forwarded(request, inside);
    EXPECT_TRUE(forwarded) << forwarded.error();
    return forwarded ? *forwarded : Forwarded{};
}

TEST(ForwardedFields, of_strangers_say_nothing) {
    auto request = from_proxy();
    request.peer = "203.0.113.9";
    request[Field::x_forwarded_host] = "evil.example";
    request[Field::x_forwarded_proto] = "https";
    request[Field::x_forwarded_prefix] = "/evil";
    request[Field::forwarded] = "host=\"broken";
    const auto forwarded = read(request);
    EXPECT_EQ(forwarded.host, "");
    EXPECT_EQ(forwarded.scheme, "");
    EXPECT_EQ(forwarded.prefix, "");
}

TEST(ForwardedFields, of_a_trusted_proxy_name_host_scheme_and_prefix) {
    auto request = from_proxy();
    request[Field::x_forwarded_for] = "203.0.113.9";
    request[Field::x_forwarded_host] = "maps.example";
    request[Field::x_forwarded_proto] = "https";
    request[Field::x_forwarded_prefix] = "/tiles";
    const auto forwarded = read(request);
    EXPECT_EQ(forwarded.host, "maps.example");
    EXPECT_EQ(forwarded.scheme, "https");
    EXPECT_EQ(forwarded.prefix, "/tiles");
}

TEST(ForwardedFields, count_from_the_right_so_that_clients_cannot_add_to_them) {
    auto request = from_proxy();
    request[Field::x_forwarded_for] = "10.9.9.9, 203.0.113.9";
    request[Field::x_forwarded_host] = "evil.example, maps.example";
    request[Field::x_forwarded_proto] = "http, https";
    EXPECT_EQ(read(request).host, "maps.example");
    EXPECT_EQ(read(request).scheme, "https");
}

TEST(ForwardedFields, are_taken_from_the_farthest_proxy_that_is_trusted) {
    auto request = from_proxy();
    request[Field::x_forwarded_for] = "6.6.6.6, 203.0.113.9, 10.0.0.2";
    request[Field::x_forwarded_host] = "evil.example, maps.example, inner";
    request[Field::x_forwarded_proto] = "https";
    EXPECT_EQ(read(request).host, "maps.example");
    EXPECT_EQ(read(request).scheme, "https");
    request[Field::x_forwarded_for] = "10.0.0.4, 10.0.0.3, 10.0.0.2";
    EXPECT_EQ(read(request).host, "evil.example");  // all are ours: the first one is
}

TEST(ForwardedFields, may_name_nodes_with_ports) {
    auto request = from_proxy();
    request[Field::x_forwarded_for] = "203.0.113.9:4711, [::1]:80";
    request[Field::x_forwarded_host] = "a, b";
    EXPECT_EQ(read(request).host, "a");
    request[Field::x_forwarded_for] = "203.0.113.9, 10.0.0.2:80";
    EXPECT_EQ(read(request).host, "a");
    request[Field::x_forwarded_for] = "203.0.113.9, ::1";
    EXPECT_EQ(read(request).host, "a");
    request[Field::x_forwarded_for] = "203.0.113.9, 2001:db8::1";
    EXPECT_EQ(read(request).host, "b");
}

TEST(Rfc7239, is_read_where_no_x_forwarded_field_came) {
    auto request = from_proxy();
    request[Field::forwarded] = R"(for=203.0.113.9;proto=https;host="maps.example:8443";by=_x)";
    EXPECT_EQ(read(request).host, "maps.example:8443");
    EXPECT_EQ(read(request).scheme, "https");
    request[Field::x_forwarded_proto] = "http";
    EXPECT_EQ(read(request).host, "");  // a proxy of the other kind passes a client's Forwarded on as it is
    EXPECT_EQ(read(request).scheme, "http");
}

TEST(Rfc7239, goes_left_as_long_as_the_nodes_are_trusted) {
    auto request = from_proxy();
    request[Field::forwarded] = "host=evil, for=203.0.113.9;host=outer;proto=https, For=\"[::1]:80\";Host=inner";
    EXPECT_EQ(read(request).host, "outer");
    EXPECT_EQ(read(request).scheme, "https");
    request[Field::forwarded] = "host=evil;proto=http, for=203.0.113.9;host=inner";
    EXPECT_EQ(read(request).host, "inner");
    EXPECT_EQ(read(request).scheme, "");
    request[Field::forwarded] = "for=203.0.113.9;host=outer, for=10.0.0.2;proto=https";
    EXPECT_EQ(read(request).host, "outer");
    EXPECT_EQ(read(request).scheme, "https");
}

TEST(Rfc7239, may_have_empty_pairs_blanks_and_unquoted_ports) {
    auto request = from_proxy();
    request[Field::forwarded] = " ; host=maps.example:8443 ;; proto=https ; ";
    EXPECT_EQ(read(request).host, "maps.example:8443");
    EXPECT_EQ(read(request).scheme, "https");
}

TEST(Rfc7239, malformed_is_a_bad_request) {
    for (const auto* field :
         {"host", "=a", "host=", "host=a b", "host=\"a", "host=\"a\"b", "host=\"a\\\"b\"", "ho st=a", "host=a;proto",
          "host==a", "host=a\"", "for=x;host=\", for=1.2.3.4;host=maps.example", "host=\"a\" \"b\""}) {
        auto request = from_proxy();
        request[Field::forwarded] = field;
        const auto forwarded = read_forwarded(request, inside);
        ASSERT_FALSE(forwarded) << field;
        EXPECT_EQ(forwarded.error().code, Errc::bad_request) << field;
    }
}

TEST(Rfc7239, cut_at_any_length_is_read_or_refused_and_nothing_else) {
    const std::string whole = R"(for="[2001:db8::1]:80";host="a.example", for=10.0.0.2;proto=https)";
    for (std::size_t size = 0; size <= whole.size(); ++size) {
        const std::vector<char> cut(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size));
        auto request = from_proxy();
        request[Field::forwarded] = {cut.data(), cut.size()};
        const auto forwarded = read_forwarded(request, inside);
        EXPECT_TRUE(forwarded || forwarded.error().code == Errc::bad_request) << size;
    }
}

}  // namespace
}  // namespace tapalcatl::web
