#include "tiles/tapalcatl2.hpp"

#include <cassert>

namespace tapalcatl {

std::optional<TileId> archive_of(TileId tile, const Tapalcatl2Scheme& scheme) {
    assert(tile.z < 32 && tile.x >> tile.z == 0 && tile.y >> tile.z == 0);
    assert(scheme.metatile_size > 0);
    std::optional<unsigned> zoom;
    for (const auto materialized : scheme.materialized_zooms) {
        if (materialized <= tile.z && (!zoom || materialized > *zoom)) {
            zoom = materialized;
        }
    }
    if (!zoom) {
        return std::nullopt;
    }
    const auto depth = tile.z - *zoom;
    const auto x = tile.x >> depth;
    const auto y = tile.y >> depth;
    return TileId{*zoom, x - x % scheme.metatile_size, y - y % scheme.metatile_size};
}

std::string entry_of(TileId tile, unsigned tile_scale, std::string_view format) {
    const auto name = to_string(tile);
    return tile_scale == 1 ? fmt::format("{}.{}", name, format) : fmt::format("{}@{}x.{}", name, tile_scale, format);
}

}  // namespace tapalcatl
