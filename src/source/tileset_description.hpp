#pragma once

#include "base/error.hpp"
#include "tiles/mercator.hpp"
#include "tiles/metatile.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tapalcatl::source {

/// A format of tiles.
struct TileFormat {
    std::string extension;     ///< in URLs and in names of entries: "mvt"
    std::string content_type;  ///< empty: as web::content_type_of() has it
};

/// A size of tiles: `scale` times 256 pixels along an edge, "@2x" for 2.
struct TileScale {
    unsigned scale = 1;
    unsigned max_zoom = 0;  ///< of the tiles of this size
};

/// What a tileset says about itself. Coordinates are degrees of longitude and latitude.
struct TilesetDescription {
    struct Center {
        double longitude = 0;
        double latitude = 0;
        unsigned zoom = 0;
    };

    std::string name;         ///< for people; empty: not given
    std::string description;  ///< empty: not given
    std::string attribution;  ///< HTML; empty: not given
    Bounds bounds = world_bounds;
    std::optional<Center> center;
    unsigned min_zoom = 0;
    std::vector<TileFormat> formats;  ///< the first is the default
    std::vector<TileScale> scales;    ///< ascending; empty: not known

    const TileFormat* format(std::string_view extension) const;
    const TileScale* scale(unsigned scale) const;
    /// The maximum zoom of all scales.
    unsigned max_zoom() const;

    /// Whether there may be such a tile: it has a scale of the tileset, is within its zooms, and touches its bounds.
    /// `pixel_size` is that of a request. Fails: no_tile.
    Result<void> check(TileId tile, unsigned pixel_size) const;
};

}  // namespace tapalcatl::source
