#include "service/route.hpp"

#include "base/text.hpp"
#include "tiles/tile_path.hpp"
#include "web/target.hpp"

namespace tapalcatl::service {
namespace {

/// Far above any real size, far below where arithmetic could overflow.
constexpr std::uint64_t largest_pixel_size = 1U << 20U;

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
    const bool has_escape = tile.format.find('%') != std::string_view::npos;  // of a slash, see web::Target::path
    if (!is_digits(tile.z) || !is_digits(tile.x) || !is_digits(tile.y) || !is_format(tile.format) || has_escape) {
        return NoRoute{};
    }
    return tile;
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
    constexpr std::string_view behind = ".json";
    const auto name = path[at];
    if (set == TileSet::vector && path.size() == at + 1 && name.size() > before.size() + behind.size() &&
        name.starts_with(before) && name.ends_with(behind)) {
        return TileJsonRoute{pixel_size, name.substr(before.size(), name.size() - before.size() - behind.size())};
    }
    return match_tile(path, at, pixel_size, set);
}

Route match_preview(const web::Segments& path) {
    if (path.size() > 2 && path[1] == "inspect" && is_digits(path[2])) {
        const auto tile = match_tile(path, 3, path[2]);
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
    return name == "preview.html" ? Route(AssetRoute{std::string(name)}) : Route(NoRoute{});
}

}  // namespace

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
    return NoRoute{};
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
    const auto pixel_size = check_pixel_size(route.pixel_size);
    if (!pixel_size) {
        return pixel_size.error();
    }
    return TileRequest{{static_cast<unsigned>(*z), static_cast<std::uint32_t>(*x), static_cast<std::uint32_t>(*y)},
                       *pixel_size,
                       route.format};
}

}  // namespace tapalcatl::service
