#include "base/url.hpp"

#include <gtest/gtest.h>

namespace tapalcatl {
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
    testing::Values(UrlCase{"http://a/live?x=1#y", {false, "a", 80, "/live?x=1"}, "a"},
                    UrlCase{"http://[::1]/ready", {false, "::1", 80, "/ready"}, "[::1]"},
                    UrlCase{"https://a.example/x/y?b=c%20d&e", {true, "a.example", 443, "/x/y?b=c%20d&e"}, "a.example"},
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
                    "https://.a/", "a:80", "http://a:x", "http://[]", "http://[::1]x", "file:///x", "https://a:b:c/",
                    std::string("https://a\0b/", 12), "https://" + std::string(254, 'a')));

TEST(UrlsWithoutPath, have_the_default_path) {
    EXPECT_EQ(parse_url("http://a", "/health_check")->target, "/health_check");
    EXPECT_EQ(parse_url("http://[::1]:81#x", "/health_check")->target, "/health_check");
    EXPECT_EQ(parse_url("http://a/", "/health_check")->target, "/");
    EXPECT_EQ(parse_url("http://a?x", "/health_check")->target, "/?x");
    EXPECT_EQ(parse_url("http://a?", "/health_check")->target, "/?");
}

TEST(UrlCredentials, are_refused_and_not_repeated) {
    for (const std::string text :
         {"https://user:secret@a.example/", "https://user:secret/more@a.example/", "https://user:12/secret@a.example/",
          "https://user:12?secret@a.example/", "https://user:12#secret@a.example/",
          "https://user:s@secret/x@a.example/", "https://user:secret@a b", "user:secret@a.example",
          "user:secret://x@a.example", "ftp://user:secret@a/", "https://user:12?secret", "https://a:0/?sig=secret",
          "us er://secret@a"}) {
        const auto url = parse_url(text);
        if (!url) {
            EXPECT_EQ(url.error().code, Errc::usage) << text;
        }
        EXPECT_EQ((url ? url->for_people() : url.error().message).find("secret"), std::string::npos) << text;
    }
}

TEST(UrlForPeople, has_no_userinfo_and_no_query) {
    EXPECT_EQ(url_for_people("https://user:secret@a.example:1/b?c=d#e"), "https://***@a.example:1/b");
    EXPECT_EQ(url_for_people("https://a.example/b?sig=secret"), "https://a.example/b");
    EXPECT_EQ(url_for_people("user:secret@proxy:3128"), "***@proxy:3128");
    EXPECT_EQ(url_for_people("http://user:secret/with@slash@proxy:1"), "http://***@proxy:1");
    EXPECT_EQ(url_for_people("http://user:secret?secret@proxy"), "http://***@");
    EXPECT_EQ(url_for_people("http://a\nb"), "http://a\\x0ab");
    EXPECT_EQ(url_for_people(""), "");
    EXPECT_EQ(parse_url("https://a/b?sig=secret")->for_people(), "https://a/b");
}

TEST(PercentDecoding, leaves_what_is_no_escape_and_tells_the_first_of_it) {
    std::string decoded;
    EXPECT_EQ(percent_decode("a%20b%2Fc%2f%00", decoded), "");
    EXPECT_EQ(decoded, std::string("a b/c/\0", 7));
    EXPECT_EQ(percent_decode("%41%zz%4", decoded), "%zz");
    EXPECT_EQ(decoded, "A%zz%4");
    EXPECT_EQ(percent_decode("%", decoded), "%");
    EXPECT_EQ(percent_decode("%4", decoded), "%4");
    EXPECT_EQ(decoded, "%4");
}

TEST(PercentDecoding, is_the_reverse_of_encoding) {
    std::string bytes;
    for (int c = 0; c < 256; ++c) {
        bytes += static_cast<char>(c);
    }
    std::string decoded;
    EXPECT_EQ(percent_decode(uri_encode(bytes), decoded), "");
    EXPECT_EQ(decoded, bytes);
}

}  // namespace
}  // namespace tapalcatl
