#include "net/url.hpp"

#include <gtest/gtest.h>

namespace tapalcatl::net {
namespace {

struct UrlCase {
    std::string text;
    Url url;
    std::string authority;
};

class Urls : public testing::TestWithParam<UrlCase> {};

TEST_P(Urls, are_read) {
    const auto& want = GetParam();
    const auto url = parse_url(want.text);
    ASSERT_TRUE(url) << url.error();
    EXPECT_EQ(*url, want.url) << url->text();
    EXPECT_EQ(url->authority(), want.authority);
}

TEST_P(Urls, are_the_same_after_being_written) {
    const auto url = parse_url(GetParam().url.text());
    ASSERT_TRUE(url) << url.error();
    EXPECT_EQ(*url, GetParam().url);
}

INSTANTIATE_TEST_SUITE_P(
    All, Urls,
    testing::Values(UrlCase{"https://a.example/x/y?b=c%20d&e", {true, "a.example", 443, "/x/y?b=c%20d&e"}, "a.example"},
                    UrlCase{"http://a.example", {false, "a.example", 80, "/"}, "a.example"},
                    UrlCase{"HTTPS://A.Example:8443/X", {true, "a.example", 8443, "/X"}, "a.example:8443"},
                    UrlCase{"http://a:443/", {false, "a", 443, "/"}, "a:443"},
                    UrlCase{"https://a:80/", {true, "a", 80, "/"}, "a:80"},
                    UrlCase{"https://a:443/", {true, "a", 443, "/"}, "a"},
                    UrlCase{"http://127.0.0.1:9000/b", {false, "127.0.0.1", 9000, "/b"}, "127.0.0.1:9000"},
                    UrlCase{"http://[::1]:9000/b", {false, "::1", 9000, "/b"}, "[::1]:9000"},
                    UrlCase{"https://[2001:DB8::1]", {true, "2001:db8::1", 443, "/"}, "[2001:db8::1]"},
                    UrlCase{"https://a?list-type=2", {true, "a", 443, "/?list-type=2"}, "a"},
                    UrlCase{"https://a/b#c?d", {true, "a", 443, "/b"}, "a"},
                    UrlCase{"https://a/b@c:d", {true, "a", 443, "/b@c:d"}, "a"},
                    UrlCase{"https://my_bucket.s3-1.example./",
                            {true, "my_bucket.s3-1.example.", 443, "/"},
                            "my_bucket.s3-1.example."}));

class NoUrls : public testing::TestWithParam<std::string> {};

TEST_P(NoUrls, are_refused_in_words) {
    const auto url = parse_url(GetParam());
    ASSERT_FALSE(url) << url->text();
    EXPECT_EQ(url.error().code, Errc::usage);
    EXPECT_FALSE(url.error().message.empty());
}

INSTANTIATE_TEST_SUITE_P(
    All, NoUrls,
    testing::Values("", "https", "https:/a", "https://", "https:///x", "https://:80/", "https://a:/", "https://a:0/",
                    "https://a:65536/", "https://a:+80/", "https://a:080808/", "https://a:8 0/", "ftp://a/", "://a",
                    "httpss://a", "https://a b/", "https://a/ b", "https://a/\r\nX: y", "https://a/\x7f",
                    "https://\xc3\xa9/", "https://a/\xc3\xa9", "https://[::1", "https://::1/", "https://[::1]x/",
                    "https://[a]/", "https://[127.0.0.1]/", "https://[fe80::1%25eth0]/", "https://[fe80::1%eth0]/",
                    "https://127.1/", "https://1/", "https://1.2.3.256/", "https://a,b/", "https://a%41/",
                    "https://.a/", std::string("https://a\0b/", 12), "https://" + std::string(254, 'a')));

TEST(UrlCredentials, are_refused_and_not_repeated) {
    const auto url = parse_url("https://user:secret@a.example/");
    ASSERT_FALSE(url);
    EXPECT_EQ(url.error().code, Errc::usage);
    EXPECT_EQ(url.error().message.find("secret"), std::string::npos) << url.error();
}

}  // namespace
}  // namespace tapalcatl::net
