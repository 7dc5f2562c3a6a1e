#include "settings/setting_codec.hpp"

#include "aws/endpoint.hpp"
#include "base/text.hpp"
#include "base/url.hpp"
#include "settings/location.hpp"
#include "web/message.hpp"
#include "web/origin.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <bit>
#include <charconv>
#include <cmath>
#include <optional>
#include <span>
#include <string>
#include <utility>

// One file: the codecs of all kinds of values, which are read beside each other when one is added.

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

/// Which part of a URL of a storage is wrong; empty for other texts.
std::string location_problem(std::string_view url) {
    const auto parts = split_url(url);
    if (!parts) {
        return {};
    }
    if (iequals(parts->scheme, "s3")) {
        const auto bucket = aws::check_bucket_name(parts->authority);
        return bucket ? std::string() : bucket.error().message;
    }
    if (iequals(parts->scheme, "file")) {
        return parts->authority.empty() ? "special characters in the path are written as %XX"
                                        : "the path begins with a third slash";
    }
    const auto web = parse_url(url);
    return web ? std::string() : web.error().message;
}

/// Which of the comma-separated numbers in `text` is no zoom, or not above the one before it; empty if none is.
std::string zooms_problem(std::string_view text) {
    std::optional<std::uint64_t> before;
    for (bool more = true; more;) {
        more = text.find(',') != std::string_view::npos;
        const auto item = trim(next_field(text, ','));
        const auto zoom = parse_number(item);
        if (!zoom || *zoom > max_zoom) {
            return fmt::format("'{}' is not a zoom", printable(item));
        }
        if (before && *zoom <= *before) {
            return fmt::format("{} comes after {}", *zoom, *before);
        }
        before = zoom;
    }
    return {};
}

/// Which part of a list of degrees is wrong; empty if none is.
std::string degrees_problem(std::string_view text, std::span<const std::string_view> names) {
    for (std::size_t i = 0; i < names.size(); ++i) {
        if (i > 0 && text.data() == nullptr) {
            return fmt::format("{} is missing", names[i]);
        }
        const bool is_last = i + 1 == names.size();
        const auto comma = text.find(',');
        const auto item = is_last ? text : text.substr(0, comma);
        const double limit = i % 2 == 0 ? 180 : 90;
        if (!parse_degrees(item, limit)) {
            return fmt::format("{} is '{}', not a number from -{} to {}", names[i], printable(trim(item)), limit,
                               limit);
        }
        text = comma == std::string_view::npos ? std::string_view() : text.substr(comma + 1);
    }
    return {};
}

std::string bounds_problem(std::string_view text) {
    constexpr std::array<std::string_view, 4> names{"WEST", "SOUTH", "EAST", "NORTH"};
    auto problem = degrees_problem(text, names);
    if (!problem.empty()) {
        return problem;
    }
    const auto west = parse_degrees(next_field(text, ','), 180);
    const auto south = parse_degrees(next_field(text, ','), 90);
    const auto east = parse_degrees(next_field(text, ','), 180);
    if (*west >= *east) {
        return "WEST is not less than EAST";
    }
    return *south >= *parse_degrees(text, 90) ? "SOUTH is not less than NORTH" : "";
}

std::string center_problem(std::string_view text) {
    constexpr std::array<std::string_view, 2> names{"LONGITUDE", "LATITUDE"};
    const auto zoom_at = text.rfind(',');
    const auto place = text.substr(0, zoom_at);
    if (place.find(',') == std::string_view::npos) {
        return "there are not three numbers";
    }
    auto problem = degrees_problem(place, names);
    const auto zoom = trim(text.substr(std::min(zoom_at + 1, text.size())));
    const auto number = parse_number(zoom);
    if (problem.empty() && (!number || *number > max_zoom)) {
        return fmt::format("ZOOM is '{}', not a whole number from 0 to {}", printable(zoom), max_zoom);
    }
    return problem;
}

/// What to do about a TILES_URL_BASE with a query; empty for other texts.
std::string query_problem(std::string_view url) {
    if (url.find_first_of("?#") == std::string_view::npos) {
        return {};
    }
    return "remove the query: a proxy in front of the tiles or the client adds it to each request, and the preview's "
           "API key is set by TILES_PREVIEW_API_KEY";
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
            [](std::string_view text) { return location_problem(text); }};
}

SettingCodec bucket_codec() {
    return {"NAME", "the name of a bucket alone",
            [](std::string_view text, Settings& s) {
                if (!aws::check_bucket_name(text)) {
                    return false;
                }
                s.storage.s3_bucket = std::string(text);
                return true;
            },
            [](const Settings& s) { return s.storage.s3_bucket; },
            [](std::string_view text) {
                const auto name = aws::check_bucket_name(text);
                return name ? std::string() : name.error().message;
            }};
}

SettingCodec role_arn_codec() {
    return {"ARN", "the ARN of a role, such as arn:aws:iam::123456789012:role/tiles",
            [](std::string_view text, Settings& s) {
                if (!text.starts_with("arn:") || text.find(":role/") == std::string_view::npos) {
                    return false;
                }
                s.access.role_arn = std::string(text);
                return true;
            },
            [](const Settings& s) { return s.access.role_arn; }};
}

SettingCodec requester_pays_codec() {
    return {"true|false",
            "true or anything else",
            [](std::string_view text, Settings& s) {
                s.access.requester_pays = text == "true";
                return true;
            },
            [](const Settings& s) -> std::string { return s.access.requester_pays ? "true" : "false"; },
            nullptr,
            {.kind = ValueForm::Kind::truth}};
}

SettingCodec include_hash_codec() {
    return {"true|false",
            "true or anything else",
            [](std::string_view text, Settings& s) {
                s.keys.layout = text == "true" ? KeyLayout::prefix_hash : KeyLayout::no_hash;
                return true;
            },
            [](const Settings& s) -> std::string { return s.keys.layout == KeyLayout::no_hash ? "false" : "true"; },
            nullptr,
            {.kind = ValueForm::Kind::truth}};
}

SettingCodec metatile_size_codec() {
    return {"N",
            fmt::format("a power of two from 1 to {}", max_metatile_size),
            [](std::string_view text, Settings& s) {
                const auto size = parse_number(text);
                if (!size || *size > max_metatile_size || !std::has_single_bit(*size)) {
                    return false;
                }
                s.metatiles.metatile_size = static_cast<unsigned>(*size);
                return true;
            },
            [](const Settings& s) { return fmt::format("{}", s.metatiles.metatile_size); },
            nullptr,
            {.kind = ValueForm::Kind::number, .min = 1, .max = max_metatile_size}};
}

SettingCodec max_detail_zoom_codec() {
    return {"ZOOM",
            fmt::format("a zoom from 1 to {}, or 0 or an empty value for no limit", max_zoom),
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
            [](const Settings& s) { return fmt::format("{}", s.metatiles.max_detail_zoom.value_or(0)); },
            nullptr,
            {.kind = ValueForm::Kind::number, .max = max_zoom, .may_be_empty = true}};
}

SettingCodec materialized_zooms_codec() {
    return {"ZOOMS",
            fmt::format("ascending zooms from 0 to {} with commas between them, such as 0,7", max_zoom),
            [](std::string_view text, Settings& s) {
                if (!zooms_problem(text).empty()) {
                    return false;
                }
                std::vector<unsigned> zooms;
                while (!text.empty()) {
                    zooms.push_back(static_cast<unsigned>(*parse_number(trim(next_field(text, ',')))));
                }
                s.landcover.scheme.materialized_zooms = std::move(zooms);
                return true;
            },
            [](const Settings& s) { return fmt::format("{}", fmt::join(s.landcover.scheme.materialized_zooms, ",")); },
            [](std::string_view text) { return zooms_problem(text); },
            {.kind = ValueForm::Kind::list}};
}

SettingCodec landcover_tile_size_codec() {
    return {"PIXELS",
            fmt::format("256 times a power of two, at most {}", 256 * max_metatile_size),
            [](std::string_view text, Settings& s) {
                const auto size = parse_number(text);
                if (!size || *size < 256 || *size > 256 * max_metatile_size || !std::has_single_bit(*size)) {
                    return false;
                }
                s.landcover.scheme.tile_scale = static_cast<unsigned>(*size / 256);
                return true;
            },
            [](const Settings& s) { return fmt::format("{}", 256 * s.landcover.scheme.tile_scale); },
            nullptr,
            {.kind = ValueForm::Kind::number, .min = 256, .max = 256 * max_metatile_size}};
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
    return {"DURATION",
            "whole seconds, or a duration such as 90s, 5m or 24h; 0 or an empty value omits s-maxage",
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
            },
            nullptr,
            {.kind = ValueForm::Kind::duration, .may_be_empty = true}};
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
            [](const Settings& s) { return s.answers.tiles_url_base; },
            [](std::string_view text) { return query_problem(text); }};
}

SettingCodec host_header_codec() {
    return {"NAME", "the name of a header, such as X-Tiles-Host",
            [](std::string_view text, Settings& s) {
                if (!text.empty() && !web::is_token(text)) {
                    return false;
                }
                s.lambda.host_header = text;
                return true;
            },
            [](const Settings& s) { return s.lambda.host_header; }};
}

SettingCodec trusted_proxies_codec() {
    return {"NETWORKS",
            "addresses or networks with commas between them, such as 10.0.0.0/8,fd00::/8",
            [](std::string_view text, Settings& s) {
                auto proxies = web::TrustedProxies::parse(text);
                if (!proxies) {
                    return false;
                }
                s.answers.trusted_proxies = std::move(*proxies);
                s.answers.trusted_proxies_text = std::string(text);
                return true;
            },
            [](const Settings& s) { return s.answers.trusted_proxies_text; },
            [](std::string_view text) {
                const auto proxies = web::TrustedProxies::parse(text);
                return proxies ? std::string() : proxies.error().message;
            },
            {.kind = ValueForm::Kind::list}};
}

SettingCodec bounds_codec() {
    return {"W,S,E,N",
            "degrees as WEST,SOUTH,EAST,NORTH, such as 9.4,47.0,9.7,47.3",
            [](std::string_view text, Settings& s) {
                if (!bounds_problem(text).empty()) {
                    return false;
                }
                for (double& bound : s.tilejson.bounds) {
                    bound = *parse_degrees(next_field(text, ','), 180);
                }
                return true;
            },
            [](const Settings& s) { return fmt::format("{}", fmt::join(s.tilejson.bounds, ",")); },
            [](std::string_view text) { return bounds_problem(text); },
            {.kind = ValueForm::Kind::list, .length = 4}};
}

SettingCodec center_codec() {
    return {"LON,LAT,ZOOM",
            "degrees and a zoom as LONGITUDE,LATITUDE,ZOOM, such as 9.52,47.14,12",
            [](std::string_view text, Settings& s) {
                if (!center_problem(text).empty()) {
                    return false;
                }
                const auto longitude = parse_degrees(next_field(text, ','), 180);
                const auto latitude = parse_degrees(next_field(text, ','), 90);
                const auto zoom = parse_number(trim(text));
                s.tilejson.center = {*longitude, *latitude, static_cast<unsigned>(*zoom)};
                return true;
            },
            [](const Settings& s) {
                const auto& center = s.tilejson.center;
                return fmt::format("{},{},{}", center.longitude, center.latitude, center.zoom);
            },
            [](std::string_view text) { return center_problem(text); },
            {.kind = ValueForm::Kind::list, .length = 3}};
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
