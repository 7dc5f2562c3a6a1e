#include "settings/setting_codec.hpp"

#include "aws/endpoint.hpp"
#include "base/text.hpp"
#include "settings/location.hpp"
#include "web/origin.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <bit>
#include <charconv>
#include <cmath>
#include <string>
#include <utility>

namespace tapalcatl {
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
