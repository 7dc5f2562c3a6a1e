#include "settings/settings.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <string>

/// The names of cache types: those of all versions of Flask-Caching.
namespace tapalcatl {

namespace {

constexpr std::string_view backends = "flask_caching.backends.";
constexpr std::string_view contributed = "flask_caching.contrib.";

constexpr std::string_view shared_instead =
    "CACHE_TYPE=redis with CACHE_REDIS_URL for a cache that servers share, or CACHE_TYPE=filesystem with CACHE_DIR";
constexpr std::string_view single_redis_instead = "CACHE_TYPE=redis with the CACHE_REDIS_URL of a single server";
constexpr std::string_view local_instead = "CACHE_TYPE=filesystem with CACHE_DIR";

struct Known {
    std::string_view name;  ///< in lower case, without "cache" at its end
    NamedCacheType type;
};

constexpr std::array<Known, 13> known_types{{
    {"null", {CacheType::off}},
    {"simple", {CacheType::memory}},
    {"filesystem", {CacheType::filesystem}},
    {"redis", {CacheType::redis}},
    {"redissentinel", {CacheType::memory, single_redis_instead}},
    {"rediscluster", {CacheType::memory, single_redis_instead}},
    {"uwsgi", {CacheType::memory, local_instead}},
    {"memcached", {CacheType::memory, shared_instead}},
    {"gaememcached", {CacheType::memory, shared_instead}},
    {"saslmemcached", {CacheType::memory, shared_instead}},
    {"spreadsaslmemcached", {CacheType::memory, shared_instead}},
    {"googlecloudstorage", {CacheType::memory, shared_instead}},
    {"s3", {CacheType::memory, shared_instead}},
}};

/// The short name of "FileSystemCache", "filesystemcache", "filesystem".
std::string short_name(std::string_view name) {
    std::string lower(name);
    std::transform(lower.begin(), lower.end(), lower.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    constexpr std::string_view end = "cache";
    if (lower.size() > end.size() && lower.ends_with(end)) {
        lower.resize(lower.size() - end.size());
    }
    return lower;
}

}  // namespace

std::optional<NamedCacheType> parse_cache_type(std::string_view name) {
    const auto dot = name.rfind('.');
    const bool is_own = name.starts_with(backends) || name.starts_with(contributed);
    if (dot != std::string_view::npos && !is_own) {
        const bool is_path = dot > 0 && dot + 1 < name.size();
        return is_path ? std::optional(NamedCacheType{CacheType::memory, shared_instead}) : std::nullopt;
    }
    const auto wanted = short_name(name.substr(dot == std::string_view::npos ? 0 : dot + 1));
    const auto* found =
        std::find_if(known_types.begin(), known_types.end(), [&](const Known& one) { return one.name == wanted; });
    return found == known_types.end() ? std::nullopt : std::optional(found->type);
}

}  // namespace tapalcatl
