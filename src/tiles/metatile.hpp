#pragma once

#include "base/error.hpp"

#include <cstdint>
#include <iosfwd>
#include <optional>
#include <string>

namespace tapalcatl {

/// A tile of the web mercator pyramid (or a place of the same shape inside a metatile).
struct TileId {
    unsigned z = 0;
    std::uint32_t x = 0;
    std::uint32_t y = 0;

    friend bool operator==(const TileId&, const TileId&) = default;
};

/// "z/x/y"
std::string to_string(TileId tile);
std::ostream& operator<<(std::ostream& out, TileId tile);

/// How a tile set is cut up into metatiles (Tilezen's v1 scheme).
struct MetatileScheme {
    unsigned metatile_size = 4;  ///< 256-pixel tiles along an edge of a metatile, a power of two
    /// Zoom of the deepest metatiles; what lies below is looked for inside them, at larger offsets. No limit if unset.
    std::optional<unsigned> max_detail_zoom;
};

/// Where a tile is kept.
struct TileAddress {
    TileId metatile;
    TileId offset;  ///< the tile's place in the metatile; 0/0/0 is the metatile's own extent

    friend bool operator==(const TileAddress&, const TileAddress&) = default;
};

/// Finds the metatile that holds `tile`, and the tile's place inside it.
///
/// `tile_size` counts 256-pixel tiles along an edge of the tile: 2 stands for 512-pixel tiles.
/// Where the pyramid is too shallow for a whole metatile, the metatile is 0/0/0 and the offset equals `tile`.
///
/// Requires: tile.z < 32 and tile.x, tile.y are below 2^tile.z.
/// Fails: bad_request if a size is not a power of two, or a tile is larger than its metatile.
Result<TileAddress> locate(TileId tile, unsigned tile_size, const MetatileScheme& scheme);

}  // namespace tapalcatl
