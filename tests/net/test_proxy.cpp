#include "net/proxy.hpp"

#include <gtest/gtest.h>

namespace tapalcatl::net {
namespace {

struct ExceptionCase {
    std::string list;
    std::string host;
    std::uint16_t port;
    bool is_excepted;
};

class ProxyExceptions : public testing::TestWithParam<ExceptionCase> {};

TEST_P(ProxyExceptions, are_matched) {
    const auto& want = GetParam();
    EXPECT_EQ(matches_no_proxy(want.list, want.host, want.port), want.is_excepted)
        << "'" << want.list << "' " << want.host << ":" << want.port;
}

INSTANTIATE_TEST_SUITE_P(
    Names, ProxyExceptions,
    testing::Values(
        ExceptionCase{"", "a.example", 80, false}, ExceptionCase{"*", "a.example", 80, true},
        ExceptionCase{"*", "10.0.0.1", 80, true}, ExceptionCase{"a.example", "a.example", 443, true},
        ExceptionCase{"a.example", "b.a.example", 443, true}, ExceptionCase{"a.example", "ba.example", 443, false},
        ExceptionCase{"a.example", "example", 443, false}, ExceptionCase{".a.example", "b.a.example", 443, true},
        ExceptionCase{".a.example", "a.example", 443, true}, ExceptionCase{"*.a.example", "b.a.example", 443, true},
        ExceptionCase{"*.a.example", "xa.example", 443, false}, ExceptionCase{"A.Example", "a.eXample", 443, true},
        ExceptionCase{"a.example.", "a.example", 443, true}, ExceptionCase{"a.example", "a.example.", 443, true},
        ExceptionCase{"x, a.example ,y", "a.example", 443, true},
        ExceptionCase{"x a.example\ty", "a.example", 443, true}, ExceptionCase{",,, ,", "a.example", 443, false},
        ExceptionCase{".", "a.example", 443, false}, ExceptionCase{"a.example:443", "a.example", 443, true},
        ExceptionCase{"a.example:443", "a.example", 80, false},
        ExceptionCase{"a.example:443", "b.a.example", 443, true}, ExceptionCase{"a.example:", "a.example", 443, false},
        ExceptionCase{"localhost", "127.0.0.1", 80, false}));

INSTANTIATE_TEST_SUITE_P(
    Addresses, ProxyExceptions,
    testing::Values(
        ExceptionCase{"10.1.2.3", "10.1.2.3", 80, true}, ExceptionCase{"10.1.2.3", "10.1.2.30", 80, false},
        ExceptionCase{"1.2.3", "10.1.2.3", 80, false}, ExceptionCase{"10.1.2.3:80", "10.1.2.3", 80, true},
        ExceptionCase{"10.1.2.3:81", "10.1.2.3", 80, false}, ExceptionCase{"10.0.0.0/8", "10.255.0.1", 80, true},
        ExceptionCase{"10.0.0.0/8", "11.0.0.1", 80, false}, ExceptionCase{"10.1.2.3/8", "10.9.9.9", 80, true},
        ExceptionCase{"0.0.0.0/0", "8.8.8.8", 80, true}, ExceptionCase{"10.0.0.0/33", "10.0.0.1", 80, false},
        ExceptionCase{"10.0.0.0/", "10.0.0.1", 80, false}, ExceptionCase{"10.0.0.0/8", "ten.example", 80, false},
        ExceptionCase{"10.0.0.0/8", "::1", 80, false}, ExceptionCase{"::1", "::1", 80, true},
        ExceptionCase{"0:0::1", "::1", 80, true}, ExceptionCase{"[::1]", "::1", 80, true},
        ExceptionCase{"[::1]:80", "::1", 80, true}, ExceptionCase{"[::1]:81", "::1", 80, false},
        ExceptionCase{"fd00::/8", "fd12::1", 80, true}, ExceptionCase{"fd00::/8", "fe80::1", 80, false},
        ExceptionCase{"169.254.169.254", "169.254.169.254", 80, true}));

struct ProxyCase {
    std::string text;
    std::string host_and_port;
    std::string authorization;
};

class ProxyUrls : public testing::TestWithParam<ProxyCase> {};

TEST_P(ProxyUrls, are_read) {
    const auto proxy = parse_proxy(GetParam().text);
    ASSERT_TRUE(proxy) << proxy.error();
    EXPECT_EQ(proxy->host_and_port(), GetParam().host_and_port);
    EXPECT_EQ(proxy->authorization.reveal(), GetParam().authorization);
}

INSTANTIATE_TEST_SUITE_P(
    All, ProxyUrls,
    testing::Values(ProxyCase{"http://proxy.example:3128", "proxy.example:3128", ""},
                    ProxyCase{"http://proxy.example:3128/", "proxy.example:3128", ""},
                    ProxyCase{"http://proxy.example", "proxy.example:80", ""},
                    ProxyCase{"proxy.example:3128", "proxy.example:3128", ""},
                    ProxyCase{"HTTP://[::1]:3128", "[::1]:3128", ""},
                    ProxyCase{"http://Aladdin:open%20sesame@p:1", "p:1", "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=="},
                    ProxyCase{"http://a:b@c@p:1", "p:1", "Basic YTpiQGM="},  // the last @ ends the password
                    ProxyCase{"http://a@p:1", "p:1", "Basic YTo="},
                    ProxyCase{"http://a:%4@p:1", "p:1", "Basic YTolNA=="}));

TEST(ProxyUrl, of_other_kinds_is_refused_without_its_password) {
    for (const std::string text :
         {"https://u:secret@p:1", "socks5://u:secret@p:1", "http://u:secret@", "http://u:secret@p:0", "http://",
          "http://u:secret@p q", "http://u:secret/xyz@p:3128", "http://u:secret?@p", "http://u:secret#@p",
          "http://u:1234/secret@p", "u:secret/x@p:1", "u:1/secret@p:1", "http://u:1234@secret/@p", "u:secret://b@p",
          "http://u:secret\n/@p"}) {
        const auto proxy = parse_proxy(text);
        ASSERT_FALSE(proxy) << text;
        EXPECT_EQ(proxy.error().code, Errc::usage);
        EXPECT_EQ(proxy.error().message.find("secret"), std::string::npos) << proxy.error();
    }
}

Url https_url() {
    return *parse_url("https://a.example/");
}

Url http_url() {
    return *parse_url("http://a.example/");
}

TEST(ProxiesOfEnvironment, are_none_without_variables) {
    const auto proxies = proxies_from_environment({});
    ASSERT_TRUE(proxies);
    EXPECT_EQ(proxies->find(https_url()), nullptr);
    EXPECT_EQ(proxies->find(http_url()), nullptr);
}

TEST(ProxiesOfEnvironment, are_chosen_by_scheme_and_lower_case_wins) {
    const auto proxies = proxies_from_environment(
        {{"HTTPS_PROXY", "http://upper:1"}, {"https_proxy", "http://lower:2"}, {"http_proxy", "http://plain:3"}});
    ASSERT_TRUE(proxies) << proxies.error();
    ASSERT_NE(proxies->find(https_url()), nullptr);
    EXPECT_EQ(proxies->find(https_url())->host, "lower");
    ASSERT_NE(proxies->find(http_url()), nullptr);
    EXPECT_EQ(proxies->find(http_url())->host, "plain");
}

TEST(ProxiesOfEnvironment, do_not_come_from_upper_case_http_proxy) {
    const auto proxies = proxies_from_environment({{"HTTP_PROXY", "http://evil:1"}});
    ASSERT_TRUE(proxies);
    EXPECT_EQ(proxies->find(http_url()), nullptr);
}

TEST(ProxiesOfEnvironment, are_not_used_for_exceptions) {
    for (const std::string name : {"no_proxy", "NO_PROXY"}) {
        const auto proxies = proxies_from_environment({{"https_proxy", "http://p:1"}, {name, "example"}});
        ASSERT_TRUE(proxies);
        EXPECT_EQ(proxies->find(https_url()), nullptr) << name;
    }
}

TEST(ProxiesOfEnvironment, are_not_used_for_what_is_on_this_host_or_its_own_link) {
    const auto proxies = proxies_from_environment({{"http_proxy", "http://p:1"}});
    ASSERT_TRUE(proxies);
    for (const std::string url :
         {"http://169.254.169.254/latest/api/token", "http://[fd00:ec2::254]/", "http://169.254.170.2/v2",
          "http://[fe80::1]/", "http://127.0.0.1:8080/", "http://[::1]/", "http://localhost:9000/"}) {
        EXPECT_EQ(proxies->find(*parse_url(url)), nullptr) << url;
    }
    for (const std::string url : {"http://169.253.1.1/", "http://169.254.169.254.example/", "http://[fd00:ec3::1]/",
                                  "http://localhost.example/", "http://10.0.0.1/"}) {
        EXPECT_NE(proxies->find(*parse_url(url)), nullptr) << url;
    }
}

TEST(ProxiesOfEnvironment, that_make_no_sense_are_refused_by_name) {
    const auto proxies = proxies_from_environment({{"HTTPS_PROXY", "socks5://p:1"}});
    ASSERT_FALSE(proxies);
    EXPECT_EQ(proxies.error().code, Errc::usage);
    EXPECT_NE(proxies.error().message.find("HTTPS_PROXY"), std::string::npos) << proxies.error();
}

}  // namespace
}  // namespace tapalcatl::net
