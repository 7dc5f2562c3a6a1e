#include "cache/redis_url.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace tapalcatl::cache {
namespace {

RedisAddress at(std::string host, std::uint16_t port = 6379, std::uint32_t database = 0) {
    RedisAddress address;
    address.host = std::move(host);
    address.port = port;
    address.database = database;
    return address;
}

RedisAddress with(RedisAddress address, std::string user, std::string password) {
    address.user = std::move(user);
    address.password = Secret(std::move(password));
    return address;
}

RedisAddress tls(RedisAddress address) {
    address.is_tls = true;
    return address;
}

RedisAddress socket(std::string path, std::uint32_t database = 0) {
    RedisAddress address;
    address.socket_path = std::move(path);
    address.database = database;
    return address;
}

struct UrlCase {
    std::string text;
    RedisAddress want;
};

class RedisUrls : public testing::TestWithParam<UrlCase> {};

TEST_P(RedisUrls, are_read_as_redis_py_reads_them) {
    const auto address = parse_redis_url(GetParam().text);
    ASSERT_TRUE(address) << address.error();
    EXPECT_TRUE(*address == GetParam().want) << address->text();
}

INSTANTIATE_TEST_SUITE_P(
    All, RedisUrls,
    testing::Values(
        UrlCase{"redis://localhost", at("localhost")}, UrlCase{"redis://", at("localhost")},
        UrlCase{"redis://:6380", at("localhost", 6380)},
        UrlCase{"REDIS://Cache.Example:6380/", at("cache.example", 6380)},
        UrlCase{"redis://10.0.0.1/3", at("10.0.0.1", 6379, 3)}, UrlCase{"redis://[::1]", at("::1")},
        UrlCase{"redis://[::1]:6380/1", at("::1", 6380, 1)},
        UrlCase{"redis://my_redis/0?db=7", at("my_redis", 6379, 7)}, UrlCase{"redis://h?db=7", at("h", 6379, 7)},
        UrlCase{"redis://h/1?socket_timeout=5&decode_responses=True", at("h", 6379, 1)},
        UrlCase{"redis://:secret@h", with(at("h"), "", "secret")}, UrlCase{"redis://user@h", with(at("h"), "user", "")},
        UrlCase{"redis://user:secret@h:1", with(at("h", 1), "user", "secret")},
        UrlCase{"redis://u%40x:s%3A%2f%25%40@h", with(at("h"), "u@x", "s:/%@")},
        UrlCase{"redis://:a@b@h", with(at("h"), "", "a@b")}, UrlCase{"redis://:a:b@h", with(at("h"), "", "a:b")},
        UrlCase{"redis://:a+b@h", with(at("h"), "", "a+b")},
        UrlCase{"redis://a:b@h?username=c&password=d%26", with(at("h"), "c", "d&")},
        UrlCase{"rediss://h", tls(at("h"))},
        UrlCase{"rediss://:secret@h:6380/2", with(tls(at("h", 6380, 2)), "", "secret")},
        UrlCase{"unix:///run/redis.sock", socket("/run/redis.sock")},
        UrlCase{"unix:///run/my%20redis.sock?db=2", socket("/run/my redis.sock", 2)},
        UrlCase{"unix://user:secret@/run/redis.sock", with(socket("/run/redis.sock"), "user", "secret")},
        UrlCase{"redis+socket:///run/redis.sock", socket("/run/redis.sock")}));

TEST(RedisUrl, says_whether_and_by_whom_certificates_are_verified) {
    EXPECT_TRUE(parse_redis_url("rediss://h")->verifies);
    EXPECT_TRUE(parse_redis_url("rediss://h?ssl_cert_reqs=required")->verifies);
    EXPECT_FALSE(parse_redis_url("rediss://h?ssl_cert_reqs=none")->verifies);
    EXPECT_EQ(parse_redis_url("rediss://h?ssl_ca_certs=/etc/ca%2Epem")->ca_file, "/etc/ca.pem");
}

TEST(RedisUrl, that_is_none_is_refused_without_telling_the_password) {
    const std::vector<std::string> wrong{"",
                                         "redis",
                                         "redis:/secret",
                                         "//secret@h",
                                         "http://:secret@h",
                                         "redis://:secret@h:0",
                                         "redis://:secret@h:65536",
                                         "redis://:secret@h:port",
                                         "redis://:secret@h:",
                                         "redis://:secret@h h",
                                         "redis://:secret@[::1",
                                         "redis://:secret@::1",
                                         "redis://:secret@h/one",
                                         "redis://:secret@h/1/2",
                                         "redis://:secret@h/-1",
                                         "redis://:secret@h/99999999999",
                                         "redis://:secret@h?db=",
                                         "redis://:secret@h?db=x",
                                         "redis://:secret%@h",
                                         "redis://:secret%2@h",
                                         "redis://:secret%zz@h",
                                         "redis://:sec#ret@h",
                                         "redis://user:sec/ret@h",
                                         "redis://user:12/sec@h",
                                         "redis://user:12?sec@h",
                                         "redis://user:12?sec=ret@h",
                                         "rediss://:secret@h?ssl_cert_reqs=maybe",
                                         "rediss://:secret@h?ssl_keyfile=/k",
                                         "unix://",
                                         "unix:///",
                                         "unix://:secret@host/path",
                                         "unix://:secret@/a%00b",
                                         "unix://:secret@/" + std::string(107, 'p')};
    for (const auto& text : wrong) {
        const auto address = parse_redis_url(text);
        ASSERT_FALSE(address) << text << ": " << address->text();
        EXPECT_EQ(address.error().code, Errc::usage) << text;
        EXPECT_EQ(address.error().message.find("sec"), std::string::npos) << address.error();
    }
}

TEST(RedisUrl, is_shown_without_log_in) {
    EXPECT_EQ(parse_redis_url("redis://user:secret@h/2")->text(), "redis://h:6379/2");
    EXPECT_EQ(parse_redis_url("rediss://user:secret@[::1]:1")->text(), "rediss://[::1]:1/0");
    EXPECT_EQ(parse_redis_url("unix://user:secret@/run/a%0a?db=1")->text(), "unix:///run/a\\x0a?db=1");
}

}  // namespace
}  // namespace tapalcatl::cache
