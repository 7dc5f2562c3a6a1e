#include "settings/setting_codec.hpp"

#include "aws/endpoint.hpp"
#include "base/text.hpp"
#include "settings/location.hpp"
#include "web/origin.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cctype>
#include <charconv>
#include <cmath>
#include <limits>
#include <span>
#include <string>
#include <utility>

namespace tapalcatl {
namespace {

using Unit = std::pair<std::string_view, std::uint64_t>;

/// From the largest to the smallest, so that the first one that divides a number gives its shortest text.
constexpr std::array size_units{
    Unit{"TiB", std::uint64_t{1} << 40U},
    Unit{"TB", 1'000'000'000'000},
    Unit{"GiB", std::uint64_t{1} << 30U},
    Unit{"GB", 1'000'000'000},
    Unit{"MiB", 1U << 20U},
    Unit{"MB", 1'000'000},
    Unit{"KiB", 1U << 10U},
    Unit{"kB", 1'000},
    Unit{"B", 1},
};

/// In milliseconds.
constexpr std::array duration_units{
    Unit{"d", 86'400'000}, Unit{"h", 3'600'000}, Unit{"m", 60'000}, Unit{"s", 1'000}, Unit{"ms", 1},
};

constexpr std::uint64_t ten_years_ms = 3650 * std::uint64_t{86'400'000};

/// Parses digits, an optional blank and a unit. `bare` is the factor of a number without a unit.
std::optional<std::uint64_t> parse_with_unit(std::string_view text, std::span<const Unit> units, std::uint64_t bare) {
    const auto digits = text.substr(0, text.find_first_not_of("0123456789"));
    const auto number = parse_number(digits);
    if (!number) {
        return std::nullopt;
    }
    auto unit_text = text.substr(digits.size());
    auto factor = bare;
    if (!unit_text.empty()) {
        unit_text.remove_prefix(unit_text.front() == ' ' ? 1 : 0);
        factor = 0;
        for (const auto& [name, value] : units) {
            if (iequals(unit_text, name)) {
                factor = value;
            }
        }
    }
    if (factor == 0 || *number > std::numeric_limits<std::uint64_t>::max() / factor) {
        return std::nullopt;
    }
    return *number * factor;
}

std::string text_with_unit(std::uint64_t value, std::span<const Unit> units) {
    for (const auto& [name, factor] : units) {
        if (value % factor == 0) {
            return fmt::format("{}{}", value / factor, name);
        }
    }
    return fmt::format("{}", value);
}

}  // namespace

std::optional<std::uint64_t> parse_size(std::string_view text) {
    return parse_with_unit(text, size_units, 1);
}

std::string size_text(std::uint64_t bytes) {
    if (bytes == 0) {
        return "0";
    }
    auto text = text_with_unit(bytes, size_units);
    if (bytes % 1000 != 0 && bytes % 1024 != 0) {
        text.pop_back();  // plain bytes need no unit
    }
    return text;
}

std::optional<std::chrono::milliseconds> parse_duration(std::string_view text) {
    const auto milliseconds = parse_with_unit(text, duration_units, 1000);
    if (!milliseconds || *milliseconds > ten_years_ms) {
        return std::nullopt;
    }
    return std::chrono::milliseconds(*milliseconds);
}

std::string duration_text(std::chrono::milliseconds duration) {
    if (duration.count() == 0) {
        return "0s";
    }
    // Days are read, but not written: "24h" and "36h" are more usual.
    return text_with_unit(static_cast<std::uint64_t>(duration.count()), std::span(duration_units).subspan<1>());
}

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

namespace {

constexpr std::uint64_t max_zoom = 30;
constexpr std::uint64_t max_metatile_size = 1024;

std::optional<double> parse_degrees(std::string_view text, double limit) {
    text = trim(text);
    double value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size() || !std::isfinite(value) || std::abs(value) > limit) {
        return std::nullopt;
    }
    return value;
}

bool may_be_host(std::string_view text) {
    return std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c < 0x7f && c != '/'; });
}

/// What is wrong with the bucket's name in an s3:// URL; empty for other texts.
std::string bucket_problem(std::string_view url) {
    constexpr std::string_view scheme = "s3://";
    if (!iequals(url.substr(0, scheme.size()), scheme)) {
        return {};
    }
    auto rest = url.substr(scheme.size());
    const auto bucket = aws::check_bucket_name(next_field(rest, '/'));
    return bucket ? std::string() : bucket.error().message;
}

}  // namespace

SettingCodec storage_codec() {
    return {"URL", "file:///path, s3://bucket/prefix or https://host/path",
            [](std::string_view text, Settings& s) {
                auto location = parse_location(text);
                if (!location) {
                    return false;
                }
                s.storage.location = std::move(*location);
                return true;
            },
            [](const Settings& s) { return s.storage.location ? url_of(*s.storage.location) : std::string(); },
            [](std::string_view text) { return bucket_problem(text); }};
}

SettingCodec requester_pays_codec() {
    return {"true|false", "true or anything else",
            [](std::string_view text, Settings& s) {
                s.access.requester_pays = text == "true";
                return true;
            },
            [](const Settings& s) -> std::string { return s.access.requester_pays ? "true" : "false"; }};
}

SettingCodec include_hash_codec() {
    return {"true|false", "true or anything else",
            [](std::string_view text, Settings& s) {
                s.keys.layout = text == "true" ? KeyLayout::prefix_hash : KeyLayout::no_hash;
                return true;
            },
            [](const Settings& s) -> std::string { return s.keys.layout == KeyLayout::no_hash ? "false" : "true"; }};
}

SettingCodec metatile_size_codec() {
    return {"N", fmt::format("a power of two from 1 to {}", max_metatile_size),
            [](std::string_view text, Settings& s) {
                const auto size = parse_number(text);
                if (!size || *size > max_metatile_size || !std::has_single_bit(*size)) {
                    return false;
                }
                s.metatiles.metatile_size = static_cast<unsigned>(*size);
                return true;
            },
            [](const Settings& s) { return fmt::format("{}", s.metatiles.metatile_size); }};
}

SettingCodec max_detail_zoom_codec() {
    return {"ZOOM", fmt::format("a zoom from 1 to {}, or 0 or an empty value for no limit", max_zoom),
            [](std::string_view text, Settings& s) {
                const auto zoom = text.empty() ? std::uint64_t{0} : parse_number(text);
                if (!zoom || *zoom > max_zoom) {
                    return false;
                }
                s.metatiles.max_detail_zoom.reset();
                if (*zoom > 0) {
                    s.metatiles.max_detail_zoom = static_cast<unsigned>(*zoom);
                }
                return true;
            },
            [](const Settings& s) { return fmt::format("{}", s.metatiles.max_detail_zoom.value_or(0)); }};
}

SettingCodec materialized_zooms_codec() {
    return {"ZOOMS", fmt::format("ascending zooms from 0 to {} with commas between them, such as 0,7", max_zoom),
            [](std::string_view text, Settings& s) {
                std::vector<unsigned> zooms;
                for (bool more = true; more;) {
                    more = text.find(',') != std::string_view::npos;
                    const auto zoom = parse_number(trim(next_field(text, ',')));
                    if (!zoom || *zoom > max_zoom || (!zooms.empty() && *zoom <= zooms.back())) {
                        return false;
                    }
                    zooms.push_back(static_cast<unsigned>(*zoom));
                }
                s.landcover.scheme.materialized_zooms = std::move(zooms);
                return true;
            },
            [](const Settings& s) { return fmt::format("{}", fmt::join(s.landcover.scheme.materialized_zooms, ",")); }};
}

SettingCodec landcover_tile_size_codec() {
    return {"PIXELS", fmt::format("256 times a power of two, at most {}", 256 * max_metatile_size),
            [](std::string_view text, Settings& s) {
                const auto size = parse_number(text);
                if (!size || *size < 256 || *size > 256 * max_metatile_size || !std::has_single_bit(*size)) {
                    return false;
                }
                s.landcover.scheme.tile_scale = static_cast<unsigned>(*size / 256);
                return true;
            },
            [](const Settings& s) { return fmt::format("{}", 256 * s.landcover.scheme.tile_scale); }};
}

SettingCodec cache_type_codec() {
    return {"TYPE", "null, simple, filesystem, redis, or another type of Flask-Caching",
            [](std::string_view text, Settings& s) {
                const auto type = parse_cache_type(text);
                if (!type) {
                    return false;
                }
                s.cache.type = *type;
                s.cache.type_name = std::string(text);
                return true;
            },
            [](const Settings& s) { return s.cache.type_name; }};
}

SettingCodec shared_max_age_codec() {
    return {"DURATION", "whole seconds, or a duration such as 90s, 5m or 24h; 0 or an empty value omits s-maxage",
            [](std::string_view text, Settings& s) {
                const auto duration = text.empty() ? std::chrono::milliseconds(0) : parse_duration(text);
                if (!duration || duration->count() % 1000 != 0) {
                    return false;
                }
                s.answers.shared_max_age.reset();
                if (duration->count() > 0) {
                    s.answers.shared_max_age = std::chrono::duration_cast<std::chrono::seconds>(*duration);
                }
                return true;
            },
            [](const Settings& s) {
                return fmt::format("{}", s.answers.shared_max_age.value_or(std::chrono::seconds(0)).count());
            }};
}

SettingCodec url_base_codec() {
    return {"URL", "a URL or a path without query, such as https://{s}.example.org/maps or /maps",
            [](std::string_view text, Settings& s) {
                auto base = web::parse_tiles_url_base(text);
                if (!base) {
                    return false;
                }
                s.answers.tiles_url_base = std::move(*base);
                return true;
            },
            [](const Settings& s) { return s.answers.tiles_url_base; }};
}

SettingCodec trusted_proxies_codec() {
    return {"NETWORKS", "addresses or networks with commas between them, such as 10.0.0.0/8,fd00::/8",
            [](std::string_view text, Settings& s) {
                auto proxies = web::TrustedProxies::parse(text);
                if (!proxies) {
                    return false;
                }
                s.answers.trusted_proxies = std::move(*proxies);
                s.answers.trusted_proxies_text = std::string(text);
                return true;
            },
            [](const Settings& s) { return s.answers.trusted_proxies_text; }};
}

SettingCodec bounds_codec() {
    return {"W,S,E,N", "degrees as WEST,SOUTH,EAST,NORTH, such as 9.4,47.0,9.7,47.3",
            [](std::string_view text, Settings& s) {
                const auto west = parse_degrees(next_field(text, ','), 180);
                const auto south = parse_degrees(next_field(text, ','), 90);
                const auto east = parse_degrees(next_field(text, ','), 180);
                const auto north = parse_degrees(text, 90);
                if (!west || !south || !east || !north || *west >= *east || *south >= *north) {
                    return false;
                }
                s.tilejson.bounds = {*west, *south, *east, *north};
                return true;
            },
            [](const Settings& s) { return fmt::format("{}", fmt::join(s.tilejson.bounds, ",")); }};
}

SettingCodec center_codec() {
    return {"LON,LAT,ZOOM", "degrees and a zoom as LONGITUDE,LATITUDE,ZOOM, such as 9.52,47.14,12",
            [](std::string_view text, Settings& s) {
                const auto longitude = parse_degrees(next_field(text, ','), 180);
                const auto latitude = parse_degrees(next_field(text, ','), 90);
                const auto zoom = parse_number(trim(text));
                if (!longitude || !latitude || !zoom || *zoom > max_zoom) {
                    return false;
                }
                s.tilejson.center = {*longitude, *latitude, static_cast<unsigned>(*zoom)};
                return true;
            },
            [](const Settings& s) {
                const auto& center = s.tilejson.center;
                return fmt::format("{},{},{}", center.longitude, center.latitude, center.zoom);
            }};
}

SettingCodec host_codec() {
    return {"ADDRESS", "an address or a host name, such as 127.0.0.1, :: or localhost, or * for all interfaces",
            [](std::string_view text, Settings& s) {
                if (text == "*") {
                    text = {};
                }
                if (text.size() > 2 && text.front() == '[' && text.back() == ']') {
                    text = text.substr(1, text.size() - 2);
                }
                if (!may_be_host(text)) {
                    return false;
                }
                s.http.host = std::string(text);
                return true;
            },
            [](const Settings& s) { return s.http.host; }};
}

}  // namespace tapalcatl
