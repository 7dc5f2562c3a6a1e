#include "settings/setting_codec.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>
#include <string>
#include <utility>
#include <vector>

namespace tapalcatl {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::seconds;

TEST(Sizes, are_read_in_powers_of_1000_and_of_1024) {
    for (const auto& [text, want] : {std::pair<const char*, std::uint64_t>{"0", 0},
                                     {"4096", 4096},
                                     {"4096B", 4096},
                                     {"256MB", 256'000'000},
                                     {"256mb", 256'000'000},
                                     {"256 MB", 256'000'000},
                                     {"8KiB", 8192},
                                     {"8kB", 8000},
                                     {"64MiB", 67'108'864},
                                     {"1GB", 1'000'000'000},
                                     {"1GiB", 1'073'741'824},
                                     {"2TB", 2'000'000'000'000},
                                     {"18446744073709551615", std::numeric_limits<std::uint64_t>::max()}}) {
        EXPECT_EQ(parse_size(text), want) << text;
    }
}

TEST(Sizes, refuse_what_could_mean_two_things_or_nothing) {
    for (const auto* text : {"", " ", "MB", "1.5GB", "-1", "+1", "1e6", "256M", "256 ", " 256", "256MBs", "1MB2",
                             "0x10", "18446744073709551616", "18446744073709551615kB", "99999999TiB", "1\n"}) {
        EXPECT_EQ(parse_size(text), std::nullopt) << text;
    }
}

TEST(Sizes, are_told_as_short_as_they_can_be_read_again) {
    for (const auto& [bytes, want] : {std::pair<std::uint64_t, const char*>{0, "0"},
                                      {1, "1"},
                                      {1001, "1001"},
                                      {256'000'000, "256MB"},
                                      {8192, "8KiB"},
                                      {262'144, "256KiB"},
                                      {33'554'432, "32MiB"},
                                      {1'500'000'000, "1500MB"}}) {
        EXPECT_EQ(size_text(bytes), want);
        EXPECT_EQ(parse_size(size_text(bytes)), bytes);
    }
    EXPECT_EQ(parse_size(size_text(std::numeric_limits<std::uint64_t>::max())),
              std::numeric_limits<std::uint64_t>::max());
}

TEST(Durations, are_read_with_their_unit_or_in_seconds) {
    for (const auto& [text, want] : {std::pair<const char*, milliseconds>{"0", milliseconds(0)},
                                     {"0s", milliseconds(0)},
                                     {"500ms", milliseconds(500)},
                                     {"8s", seconds(8)},
                                     {"1200", seconds(1200)},
                                     {"5m", seconds(300)},
                                     {"24h", hours(24)},
                                     {"1 d", hours(24)},
                                     {"3650d", hours(87'600)}}) {
        EXPECT_EQ(parse_duration(text), want) << text;
    }
}

TEST(Durations, refuse_other_units_fractions_and_what_a_clock_cannot_count) {
    for (const auto* text : {"", "s", "1.5s", "-1s", "1m30s", "5min", "1w", "1us", " 5s", "5s ", "3651d",
                             "18446744073709551615", "18446744073709551616s"}) {
        EXPECT_EQ(parse_duration(text), std::nullopt) << text;
    }
}

TEST(Durations, are_told_as_short_as_they_can_be_read_again) {
    for (const auto& [duration, want] : {std::pair<milliseconds, const char*>{milliseconds(0), "0s"},
                                         {milliseconds(500), "500ms"},
                                         {milliseconds(8000), "8s"},
                                         {milliseconds(75'000), "75s"},
                                         {hours(24), "24h"},
                                         {seconds(1200), "20m"}}) {
        EXPECT_EQ(duration_text(duration), want);
        EXPECT_EQ(parse_duration(want), duration);
    }
}

}  // namespace

namespace {

TEST(CacheTypes, are_called_as_any_version_of_flask_caching_calls_them) {
    const std::vector<std::pair<CacheType, std::vector<std::string>>> table{
        {CacheType::off,
         {"null", "NullCache", "flask_caching.backends.null", "flask_caching.backends.NullCache",
          "flask_caching.backends.nullcache.NullCache"}},
        {CacheType::memory,
         {"simple", "SimpleCache", "flask_caching.backends.simple", "flask_caching.backends.SimpleCache",
          "flask_caching.backends.simplecache.SimpleCache"}},
        {CacheType::filesystem,
         {"filesystem", "FileSystemCache", "flask_caching.backends.filesystem",
          "flask_caching.backends.FileSystemCache", "flask_caching.backends.filesystemcache.FileSystemCache"}},
        {CacheType::redis,
         {"redis", "RedisCache", "Redis", "flask_caching.backends.redis", "flask_caching.backends.RedisCache",
          "flask_caching.backends.rediscache.RedisCache"}},
    };
    for (const auto& [type, names] : table) {
        for (const auto& name : names) {
            const auto found = parse_cache_type(name);
            ASSERT_TRUE(found) << name;
            EXPECT_EQ(found->type, type) << name;
            EXPECT_EQ(found->instead, "") << name;
        }
    }
}

TEST(CacheTypes, without_a_counterpart_are_kept_in_memory_and_say_what_to_use) {
    for (const std::string name :
         {"memcached", "MemcachedCache", "saslmemcached", "SASLMemcachedCache", "spreadsaslmemcached", "gaememcached",
          "uwsgi", "UWSGICache", "flask_caching.contrib.uwsgicache.UWSGICache", "redissentinel", "RedisSentinelCache",
          "rediscluster", "flask_caching.backends.rediscache.RedisClusterCache",
          "flask_caching.contrib.googlecloudstoragecache.GoogleCloudStorageCache", "mine.cache.Cache",
          "cachelib.redis.RedisCache"}) {
        const auto found = parse_cache_type(name);
        ASSERT_TRUE(found) << name;
        EXPECT_EQ(found->type, CacheType::memory) << name;
        EXPECT_THAT(found->instead, testing::StartsWith("CACHE_TYPE=")) << name;
    }
}

TEST(CacheTypes, of_no_name_are_none) {
    for (const std::string name : {"", "memory", "redis ", "rediss", "cache", "Cache", "file", "null,simple", ".",
                                   "redis.", ".redis", "flask_caching.backends.", "flask_caching.backends.nothing"}) {
        EXPECT_FALSE(parse_cache_type(name)) << name;
    }
}

}  // namespace

}  // namespace tapalcatl
