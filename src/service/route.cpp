#include "service/route.hpp"

#include "base/text.hpp"
#include "service/route_pattern.hpp"
#include "tiles/tile_path.hpp"
#include "web/target.hpp"

namespace tapalcatl::service {
namespace {

/// Far above any real size, far below where arithmetic could overflow.
constexpr std::uint64_t largest_pixel_size = 1U << 20U;
constexpr std::uint64_t largest_scale = largest_pixel_size / 256;
constexpr std::string_view json_suffix = ".json";

/// Removes "@Nx" from the end of `text`. Returns N; empty if there is none.
std::string_view take_scale(std::string_view& text) {
    const auto at = text.rfind('@');
    if (at == std::string_view::npos || !text.ends_with('x')) {
        return {};
    }
    const auto digits = text.substr(at + 1, text.size() - at - 2);
    if (!is_digits(digits)) {
        return {};
    }
    text = text.substr(0, at);
    return digits;
}

/// "z", "x", "y.fmt" from segment `first` on, as the last ones.
Route match_tile(const web::Segments& path, std::size_t first, std::string_view pixel_size,
                 TileSet set = TileSet::vector) {
    if (path.size() != first + 3) {
        return NoRoute{};
    }
    const auto last = path[first + 2];
    const auto dot = last.find('.');
    if (dot == std::string_view::npos) {
        return NoRoute{};
    }
    const TileRoute tile{pixel_size, path[first], path[first + 1], last.substr(0, dot), last.substr(dot + 1), set};
    return is_tile(tile) ? Route(tile) : Route(NoRoute{});
}

/// "name", "z", "x", "y[@Nx].fmt" from segment `first` on, as the last ones.
Route match_named_tile(const web::Segments& path, std::size_t first) {
    if (path.size() != first + 4) {
        return NoRoute{};
    }
    const auto last = path[first + 3];
    const auto dot = last.find('.');
    if (dot == std::string_view::npos) {
        return NoRoute{};
    }
    auto y = last.substr(0, dot);
    const auto scale = take_scale(y);
    const TileRoute tile{{},   path[first + 1], path[first + 2], y, last.substr(dot + 1), TileSet::named, path[first],
                         scale};
    return is_tile(tile) ? Route(tile) : Route(NoRoute{});
}

/// "name[@Nx].json"
Route match_tileset_json(std::string_view name) {
    if (!name.ends_with(json_suffix)) {
        return NoRoute{};
    }
    name.remove_suffix(json_suffix.size());
    const auto scale = take_scale(name);
    return name.empty() ? Route(NoRoute{}) : Route(TilesetJsonRoute{name, scale});
}

/// What follows "/tilezen/vector/v1" or "/tilezen/landcover/v1": "[px/]all/..."
Route match_set(const web::Segments& path, TileSet set) {
    std::size_t at = 3;
    std::string_view pixel_size;
    if (path.size() > at && is_digits(path[at])) {
        pixel_size = path[at++];
    }
    if (path.size() <= at + 1 || path[at] != "all") {
        return NoRoute{};
    }
    ++at;
    constexpr std::string_view before = "tilejson.";
    const auto name = path[at];
    if (set == TileSet::vector && path.size() == at + 1 && name.size() > before.size() + json_suffix.size() &&
        name.starts_with(before) && name.ends_with(json_suffix)) {
        return TileJsonRoute{pixel_size, name.substr(before.size(), name.size() - before.size() - json_suffix.size())};
    }
    return match_tile(path, at, pixel_size, set);
}

Route match_preview(const web::Segments& path) {
    if (path.size() > 2 && path[1] == "inspect") {
        const auto tile = match_named_tile(path, 2);
        if (std::holds_alternative<TileRoute>(tile)) {
            return InspectRoute{std::get<TileRoute>(tile)};
        }
    }
    return path.size() == 2 && !path[1].empty() ? Route(AssetRoute{fmt::format("preview/{}", path[1])})
                                                : Route(NoRoute{});
}

Route match_page(std::string_view name) {
    if (name.empty()) {
        return PageRoute::home;
    }
    if (name == "health_check") {
        return PageRoute::health_check;
    }
    if (name == "ready") {
        return PageRoute::ready;
    }
    if (name == "live") {
        return PageRoute::live;
    }
    if (name == "catalog.json") {
        return PageRoute::catalog;
    }
    return name == "preview.html" ? Route(AssetRoute{std::string(name)}) : match_tileset_json(name);
}

}  // namespace

bool is_tile(const TileRoute& tile) {
    const bool has_escape = tile.format.find('%') != std::string_view::npos;  // of a slash, see web::Target::path
    return is_digits(tile.z) && is_digits(tile.x) && is_digits(tile.y) && is_format(tile.format) && !has_escape;
}

Route match(std::string_view path) {
    const web::Segments segments(path);
    if (!path.starts_with('/')) {
        return NoRoute{};
    }
    if (segments.size() == 1) {
        return match_page(segments[0]);
    }
    if (segments.size() > 3 && segments[0] == "tilezen" && segments[2] == "v1") {
        if (segments[1] == "vector") {
            return match_set(segments, TileSet::vector);
        }
        if (segments[1] == "landcover") {
            return match_set(segments, TileSet::landcover);
        }
    }
    if (segments.size() > 1 && segments[0] == "preview") {
        return match_preview(segments);
    }
    return match_named_tile(segments, 0);
}

Result<unsigned> check_pixel_size(std::string_view digits) {
    if (digits.empty()) {
        return 256U;
    }
    const auto size = parse_number(digits);
    if (!size || *size > largest_pixel_size) {
        return fail(Errc::bad_request, "tile size {}: expected 256 times a power of two", digits);
    }
    return *size == 0 ? 256U : static_cast<unsigned>(*size);
}

Result<unsigned> check_scale(std::string_view digits) {
    if (digits.empty()) {
        return 1U;
    }
    const auto scale = parse_number(digits);
    if (!scale || *scale == 0 || *scale > largest_scale) {
        return fail(Errc::bad_request, "@{}x: expected a power of two", digits);
    }
    return static_cast<unsigned>(*scale);
}

Result<TileRequest> check(const TileRoute& route, unsigned max_zoom) {
    const auto z = parse_number(route.z);
    if (!z || *z > max_zoom) {
        return fail(Errc::bad_request, "zoom {}: expected 0 to {}", route.z, max_zoom);
    }
    const auto edge = std::uint64_t{1} << *z;
    const auto x = parse_number(route.x);
    const auto y = parse_number(route.y);
    if (!x || *x >= edge || !y || *y >= edge) {
        return fail(Errc::bad_request, "tile {}/{}/{}: at zoom {} x and y go from 0 to {}", route.z, route.x, route.y,
                    *z, edge - 1);
    }
    for (const auto part : {route.prefix, route.layer}) {
        if (!part.empty() && !is_key_part(part)) {
            return fail(Errc::bad_request, "'{}': expected up to 64 letters, digits, '.', '_' and '-'",
                        printable(part));
        }
    }
    const bool is_scaled = route.set == TileSet::named && route.pixel_size.empty();
    const auto size = is_scaled ? check_scale(route.scale) : check_pixel_size(route.pixel_size);
    if (!size) {
        return size.error();
    }
    return TileRequest{{static_cast<unsigned>(*z), static_cast<std::uint32_t>(*x), static_cast<std::uint32_t>(*y)},
                       is_scaled ? *size * 256 : *size,
                       route.format,
                       route.prefix,
                       route.layer};
}

}  // namespace tapalcatl::service
