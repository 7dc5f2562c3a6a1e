#include "settings/cache_type.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

namespace tapalcatl {
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
