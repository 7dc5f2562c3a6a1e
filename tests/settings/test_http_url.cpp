#include "settings/http_url.hpp"

#include <gtest/gtest.h>

namespace tapalcatl {
namespace {

struct UrlCase {
    const char* text;
    const char* host;
    std::uint16_t port;
    const char* target;
};

TEST(HttpUrls, are_taken_apart) {
    for (const auto& [text, host, port, target] :
         {UrlCase{"http://a", "a", 80, "/health_check"}, UrlCase{"http://a:8080", "a", 8080, "/health_check"},
          UrlCase{"HTTP://a:1/", "a", 1, "/"}, UrlCase{"http://127.0.0.1:80/live?x=1#y", "127.0.0.1", 80, "/live?x=1"},
          UrlCase{"http://a?x", "a", 80, "/?x"}, UrlCase{"http://[::1]/ready", "::1", 80, "/ready"},
          UrlCase{"http://[::1]:81", "::1", 81, "/health_check"}}) {
        const auto url = parse_http_url(text, "/health_check");
        ASSERT_TRUE(url) << text;
        EXPECT_EQ(url->host, host) << text;
        EXPECT_EQ(url->port, port) << text;
        EXPECT_EQ(url->target, target) << text;
    }
}

TEST(HttpUrls, that_could_smuggle_or_that_are_none_are_refused) {
    for (const auto* text : {"", "a:80", "https://a", "http://", "http:///x", "http://:80", "http://a:", "http://a:0",
                             "http://a:65536", "http://a:x", "http://u:p@a", "http://a b", "http://a/\r\nX: y",
                             "http://[::1", "http://[::1]x", "http://[]", "http://a/\xc3\xbc", "file:///x"}) {
        const auto url = parse_http_url(text, "/");
        ASSERT_FALSE(url) << text;
        EXPECT_EQ(url.error().code, Errc::usage);
    }
}

TEST(HttpUrls, put_brackets_around_ipv6_addresses) {
    EXPECT_EQ((HttpUrl{"::1", 8080, "/x"}.text()), "http://[::1]:8080/x");
    EXPECT_EQ((HttpUrl{"a", 80, "/"}.authority()), "a:80");
}

}  // namespace
}  // namespace tapalcatl
