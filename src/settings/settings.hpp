#pragma once

#include "aws/endpoint.hpp"
#include "base/log.hpp"
#include "settings/location.hpp"
#include "source/archive.hpp"
#include "source/tile_headers.hpp"
#include "tiles/key_pattern.hpp"
#include "tiles/metatile.hpp"
#include "tiles/tapalcatl2.hpp"
#include "web/cors.hpp"
#include "web/forwarded.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <thread>

namespace tapalcatl {

/// Where reads are cached.
enum class CacheType {
    off,         ///< nowhere: "null"
    memory,      ///< "simple"
    filesystem,  ///< in memory, and in a folder
    redis,       ///< in memory, and in a Redis
};

/// The cache that a CACHE_TYPE of Flask-Caching stands for.
struct NamedCacheType {
    CacheType type = CacheType::memory;
    std::string_view instead{};  ///< what to use, for people, if there is no counterpart; otherwise empty
};

/// Reads a name as any version of Flask-Caching takes it: "redis", "RedisCache", "flask_caching.backends.redis",
/// "flask_caching.backends.rediscache.RedisCache". Classes of others, "package.Class", have no counterpart.
/// nullopt for a name that is none.
std::optional<NamedCacheType> parse_cache_type(std::string_view name);

/// Flask-Caching's default.
inline constexpr std::string_view default_redis_url = "redis://localhost:6379/0";

enum class AccessLog {
    automatic,  ///< plain on a terminal, JSON otherwise
    off,
    plain,
    json,
};

/// All settings, with their defaults. The names, help texts and limits of the members are in setting_table.cpp.
struct Settings {
    struct Storage {
        std::optional<Location> location;
        std::string s3_bucket;  ///< empty if not given
    };

    /// Access to buckets and web servers.
    struct Access {
        bool requester_pays = false;
        bool anonymous = false;
        std::string role_arn;  ///< empty: none
        aws::Addressing addressing = aws::Addressing::automatic;
        bool missing_on_403 = false;
        std::uint64_t connections = 64;
        std::chrono::milliseconds hedge_after{2'000};  ///< 0: never
    };

    /// The land cover tiles, from Tapalcatl 2 archives.
    struct LandCover {
        bool enabled = true;
        unsigned max_zoom = 12;
        Tapalcatl2Scheme scheme{.materialized_zooms = {0, 7}, .metatile_size = 1, .tile_scale = 2};
    };

    struct Cache {
        NamedCacheType type;
        std::string type_name = "simple";  ///< as given
        std::string folder;                ///< of CacheType::filesystem
        std::uint64_t folder_size_bytes = 1'000'000'000;
        std::uint64_t folder_items = 0;      ///< 0: as many as fit
        std::string key_prefix;              ///< of all names in a folder or a Redis
        std::chrono::milliseconds wait{20};  ///< of a read for that folder or Redis
        std::string redis_url;               ///< secret, because it may contain a password; empty: default_redis_url
        std::uint64_t size_bytes = 256'000'000;
        std::chrono::seconds fresh_for{300};  ///< 0 stands for ever
        std::chrono::milliseconds stale_for = std::chrono::hours(24);
    };

    struct Answers {
        std::chrono::seconds max_age{1200};
        std::optional<std::chrono::seconds> shared_max_age{600};  ///< s-maxage is left out if unset
        unsigned missing_tile_status = 404;                       ///< 404 or 204
        std::string tiles_url_base;  ///< as web::parse_tiles_url_base() gives it; empty: from the request
        web::TrustedProxies trusted_proxies;
        std::string trusted_proxies_text;  ///< as given
        web::CorsOrigins cors_origins;
        /// Of tiles and TileJSON, from the configuration file; null: none.
        std::shared_ptr<const source::TileHeaders> headers;
    };

    struct Http {
        std::string host;           ///< empty: all interfaces, IPv4 and IPv6; an address without brackets, or a name
        std::uint16_t port = 8080;  ///< 0: any free port
        unsigned threads = std::max(1U, std::thread::hardware_concurrency());
        std::chrono::milliseconds header_timeout{10'000};
        std::chrono::milliseconds idle_timeout{75'000};
        std::chrono::milliseconds write_timeout{30'000};
        std::uint64_t max_header_size_bytes = 8 * 1024;
        std::uint64_t max_connections = 10'000;
        std::chrono::milliseconds drain_delay{0};
        std::chrono::milliseconds drain_timeout{30'000};
    };

    struct Limits {
        std::uint64_t max_tile_size_bytes = 32 * 1024 * 1024;  ///< inflated
        std::uint64_t max_requests = 1024;                     ///< that wait for storage at the same time
        std::uint64_t max_pending_bytes = 256'000'000;         ///< of responses that slow clients have not received yet
        std::chrono::milliseconds request_timeout{8'000};
        std::chrono::milliseconds flight_timeout{10'000};
    };

    /// Of the form for AWS Lambda.
    struct Lambda {
        std::string host_header;              ///< of the host that a CDN's clients use; empty: none
        std::uint64_t access_log_sample = 1;  ///< one of so many requests is logged
        bool metrics = false;
        bool streaming = false;  ///< responses are streamed
    };

    struct Logging {
        AccessLog access_log = AccessLog::automatic;
        log::Level level = log::Level::info;
        log::Form form = log::Form::plain;
    };

    struct Preview {
        bool enabled = true;
        std::string api_key;  ///< secret; empty if not given
    };

    /// The tile set's description in TileJSON, in degrees of longitude and latitude.
    struct TileJson {
        struct Center {
            double longitude;
            double latitude;
            unsigned zoom;
        };

        std::string name = "Tilezen";
        std::string attribution =
            R"(<a href="https://www.openstreetmap.org/copyright">&copy; OpenStreetMap contributors</a>)";
        std::array<double, 4> bounds{-180, -85.05112877980659, 180, 85.0511287798066};  ///< west, south, east, north
        /// If not given: moved inside the given bounds and zooms.
        Center center{-73.972105, 40.764372, 15};
        unsigned min_zoom = 0;
        unsigned max_zoom = 16;
    };

    Storage storage;
    Access access;
    KeyPattern keys;
    MetatileScheme metatiles;
    LandCover landcover;
    source::ReadPolicy read;
    Cache cache;
    Answers answers;
    TileJson tilejson;
    Preview preview;
    Http http;
    Limits limits;
    Lambda lambda;
    Logging logging;
};

}  // namespace tapalcatl
