#include "tiles/metatile.hpp"

#include <algorithm>
#include <bit>
#include <cassert>
#include <ostream>

namespace tapalcatl {
namespace {

/// The lowest `bits` bits of `n`. Requires: bits < 32.
std::uint32_t low_bits(std::uint32_t n, unsigned bits) {
    return n & ((std::uint32_t{1} << bits) - 1);
}

}  // namespace

std::string to_string(TileId tile) {
    return fmt::format("{}/{}/{}", tile.z, tile.x, tile.y);
}

std::ostream& operator<<(std::ostream& out, TileId tile) {
    return out << tile.z << '/' << tile.x << '/' << tile.y;
}

Result<TileAddress> locate(TileId tile, unsigned tile_size, const MetatileScheme& scheme) {
    assert(tile.z < 32 && tile.x >> tile.z == 0 && tile.y >> tile.z == 0);
    if (!std::has_single_bit(scheme.metatile_size)) {
        return fail(Errc::bad_request, "metatile size {}: expected a power of two", scheme.metatile_size);
    }
    if (!std::has_single_bit(tile_size)) {
        return fail(Errc::bad_request, "tile size {}: expected a power of two", tile_size);
    }
    if (tile_size > scheme.metatile_size) {
        return fail(Errc::bad_request, "tile size {}: expected at most the metatile's, {}", tile_size,
                    scheme.metatile_size);
    }
    const auto deepest_offset = static_cast<unsigned>(std::countr_zero(scheme.metatile_size));
    const auto usual_offset = deepest_offset - static_cast<unsigned>(std::countr_zero(tile_size));

    // How many zooms the tile is below its metatile.
    auto depth = std::min(usual_offset, tile.z);
    if (scheme.max_detail_zoom && tile.z - depth > *scheme.max_detail_zoom) {
        // A metatile of max_detail_zoom holds all data of its area, so its smaller tiles replace the larger ones below.
        // Beyond the smallest tile this names an archive that does not exist, which costs less than reading one that
        // cannot have the tile.
        depth = std::min(tile.z - *scheme.max_detail_zoom, deepest_offset);
    }
    return TileAddress{
        .metatile = {tile.z - depth, tile.x >> depth, tile.y >> depth},
        .offset = {depth, low_bits(tile.x, depth), low_bits(tile.y, depth)},
    };
}

}  // namespace tapalcatl
