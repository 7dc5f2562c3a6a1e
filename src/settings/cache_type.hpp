#pragma once

#include <optional>
#include <string_view>

namespace tapalcatl {

/// Where reads are kept.
enum class CacheType {
    off,         ///< nowhere: "null"
    memory,      ///< "simple"
    filesystem,  ///< in memory, and in a folder
    redis,       ///< in memory, and in a Redis
};

/// What a CACHE_TYPE of Flask-Caching comes to here.
struct NamedCacheType {
    CacheType type = CacheType::memory;
    std::string_view instead{};  ///< what to use, for people, where there is no counterpart; else empty
};

/// Reads a name as any version of Flask-Caching takes it: "redis", "RedisCache", "flask_caching.backends.redis",
/// "flask_caching.backends.rediscache.RedisCache". Classes of others, "package.Class", have no counterpart.
/// nullopt for a name that is none.
std::optional<NamedCacheType> parse_cache_type(std::string_view name);

}  // namespace tapalcatl
