#include "web/origin.hpp"

#include <gmock/gmock.h>

namespace tapalcatl::web {
namespace {

using testing::ElementsAre;

const TrustedProxies nobody;
const TrustedProxies trusted = *TrustedProxies::parse("10.0.0.0/8");

Request to_host(std::string_view host) {
    Request request;
    request.target = "/tilezen/vector/v1/all/tilejson.mvt.json";
    request.peer = "10.0.0.1";
    request[Field::host] = host;
    return request;
}

std::string base_for_host(std::string_view host) {
    const auto base = base_url(to_host(host), nobody);
    return base ? *base : "refused";
}

TEST(BaseUrl, is_made_of_scheme_and_host) {
    EXPECT_EQ(base_for_host("localhost:8080"), "http://localhost:8080");
    EXPECT_EQ(base_for_host("Maps.Example."), "http://Maps.Example.");
    EXPECT_EQ(base_for_host("192.0.2.1"), "http://192.0.2.1");
    EXPECT_EQ(base_for_host("[2001:db8::1]:8080"), "http://[2001:db8::1]:8080");
    EXPECT_EQ(base_for_host("a_b-c.example:65535"), "http://a_b-c.example:65535");
    auto request = to_host("maps.example");
    request.scheme = "https";
    EXPECT_EQ(*base_url(request, nobody), "https://maps.example");
}

TEST(BaseUrl, has_the_prefix_that_the_front_end_removed) {
    auto request = to_host("maps.example");
    request.prefix = "/prod";
    EXPECT_EQ(*base_url(request, nobody), "http://maps.example/prod");
}

TEST(BaseUrl, has_no_prefix_of_a_front_that_a_trusted_proxy_stands_before) {
    auto request = to_host("inside.example");
    request.prefix = "/prod";
    request[Field::x_forwarded_host] = "maps.example";
    EXPECT_EQ(*base_url(request, nobody), "http://inside.example/prod");
    EXPECT_EQ(*base_url(request, trusted), "http://maps.example");
}

TEST(BaseUrl, takes_the_host_of_a_target_in_absolute_form) {
    auto request = to_host("other.example");
    request.target = "http://maps.example:81/a";
    EXPECT_EQ(*base_url(request, nobody), "http://maps.example:81");
    request.target = "http://user@maps.example/a";
    EXPECT_FALSE(base_url(request, nobody));
}

TEST(BaseUrl, is_refused_to_hostile_hosts) {
    for (const std::string_view host : {std::string_view(""),
                                        std::string_view(" "),
                                        std::string_view("a b"),
                                        std::string_view("a\"b"),
                                        std::string_view("a'b"),
                                        std::string_view("a<b"),
                                        std::string_view("a\r\nX: y"),
                                        std::string_view("a\0b", 3),
                                        std::string_view("a/b"),
                                        std::string_view("a\\b"),
                                        std::string_view("a?b"),
                                        std::string_view("a#b"),
                                        std::string_view("a%20b"),
                                        std::string_view("user@a"),
                                        std::string_view("user:pw@a"),
                                        std::string_view("a,b"),
                                        std::string_view("{s}.a"),
                                        std::string_view("a:"),
                                        std::string_view("a:0"),
                                        std::string_view("a:65536"),
                                        std::string_view("a:000080"),
                                        std::string_view("a:80:80"),
                                        std::string_view("a:8o"),
                                        std::string_view(":80"),
                                        std::string_view("["),
                                        std::string_view("[]"),
                                        std::string_view("[::1"),
                                        std::string_view("[::1]x"),
                                        std::string_view("[::1]:"),
                                        std::string_view("[1.2.3.4]"),
                                        std::string_view("[a]"),
                                        std::string_view("::1"),
                                        std::string_view("[fe80::1%eth0]"),
                                        std::string_view("m\xc3\xbcnchen.example")}) {
        const auto base = base_url(to_host(host), nobody);
        ASSERT_FALSE(base) << host;
        EXPECT_EQ(base.error().code, Errc::bad_request) << host;
        EXPECT_EQ(base.error().message.find_first_of("\r\n"), std::string::npos);
    }
    EXPECT_EQ(base_for_host(std::string(256, 'a')), "refused");
}

TEST(BaseUrl, is_the_one_that_a_trusted_proxy_names) {
    auto request = to_host("inner:8080");
    request[Field::x_forwarded_host] = "maps.example";
    request[Field::x_forwarded_proto] = "HTTPS";
    request[Field::x_forwarded_prefix] = "/tiles/v2/";
    EXPECT_EQ(*base_url(request, trusted), "https://maps.example/tiles/v2");
    EXPECT_EQ(*base_url(request, nobody), "http://inner:8080");
    request.peer = "203.0.113.9";
    EXPECT_EQ(*base_url(request, trusted), "http://inner:8080");
}

TEST(BaseUrl, is_refused_to_hostile_words_of_proxies) {
    for (const auto* host : {"a b", "a/b", "a\"b", "<a>"}) {
        auto request = to_host("inner");
        request[Field::x_forwarded_host] = host;
        EXPECT_FALSE(base_url(request, trusted)) << host;
    }
    for (const auto* scheme : {"javascript", "ftp", "https:", "http https"}) {
        auto request = to_host("inner");
        request[Field::x_forwarded_proto] = scheme;
        EXPECT_FALSE(base_url(request, trusted)) << scheme;
    }
    for (const auto* prefix : {"tiles", "//evil.example", "/a b", "/\"", "/<b>", "/a?b", "/a\r\nb", "http://evil"}) {
        auto request = to_host("inner");
        request[Field::x_forwarded_prefix] = prefix;
        EXPECT_FALSE(base_url(request, trusted)) << prefix;
    }
    auto request = to_host("inner");
    request[Field::x_forwarded_prefix] = "/";
    EXPECT_EQ(*base_url(request, trusted), "http://inner");
}

TEST(TilesUrlBase, is_checked_when_it_is_configured) {
    EXPECT_EQ(*parse_tiles_url_base(""), "");
    EXPECT_EQ(*parse_tiles_url_base("/"), "");
    EXPECT_EQ(*parse_tiles_url_base("/maps/"), "/maps");
    EXPECT_EQ(*parse_tiles_url_base("https://tile.example.com"), "https://tile.example.com");
    EXPECT_EQ(*parse_tiles_url_base("HTTP://[::1]:80/a/b//"), "HTTP://[::1]:80/a/b");
    EXPECT_EQ(*parse_tiles_url_base("//tile.example.com/x"), "//tile.example.com/x");
    EXPECT_EQ(*parse_tiles_url_base("https://{s}.tile.example.com/{s}"), "https://{s}.tile.example.com/{s}");
    for (const auto* wrong :
         {"tile.example.com", "maps", "ftp://a", "https://", "https:///a", "https://a b", "https://a/?key=x",
          "https://a/#x", "https://a/\"", "https://user@a/", "/a b", "///a", "https://{x}.a", "https://{s.a", "{s}",
          "javascript:alert(1)", "https://a//b c", "\\\\a", "https://a\r\n"}) {
        const auto parsed = parse_tiles_url_base(wrong);
        ASSERT_FALSE(parsed) << wrong << " as " << *parsed;
        EXPECT_EQ(parsed.error().code, Errc::usage) << wrong;
    }
}

std::vector<std::string> bases(std::string_view configured, const Request& request) {
    const auto made = tile_url_bases(configured, request, trusted);
    return made ? *made : std::vector<std::string>{made.error().message};
}

TEST(TileUrlBases, are_the_clients_own_where_none_is_configured) {
    EXPECT_THAT(bases("", to_host("localhost:8080")), ElementsAre("http://localhost:8080"));
    auto request = to_host("inner");
    request[Field::x_forwarded_prefix] = "/tiles";
    EXPECT_THAT(bases("", request), ElementsAre("http://inner/tiles"));
}

TEST(TileUrlBases, that_are_absolute_ask_nothing_of_the_request) {
    EXPECT_THAT(bases("https://tile.example.com", to_host("<evil>")), ElementsAre("https://tile.example.com"));
}

TEST(TileUrlBases, that_are_paths_are_resolved_against_the_request) {
    auto request = to_host("maps.example");
    request[Field::x_forwarded_prefix] = "/tiles";
    request[Field::x_forwarded_proto] = "https";
    EXPECT_THAT(bases("/other", request), ElementsAre("https://maps.example/other"));
    EXPECT_THAT(bases("//cdn.example/x", request), ElementsAre("https://cdn.example/x"));
    EXPECT_FALSE(tile_url_bases("/other", to_host("<evil>"), trusted));
}

TEST(TileUrlBases, with_a_mark_become_four) {
    EXPECT_THAT(
        bases("https://{s}.example/{s}", to_host("x")),
        ElementsAre("https://a.example/a", "https://b.example/b", "https://c.example/c", "https://d.example/d"));
    EXPECT_THAT(bases("/{s}", to_host("x")), ElementsAre("http://x/a", "http://x/b", "http://x/c", "http://x/d"));
}

}  // namespace
}  // namespace tapalcatl::web
