#pragma once

#include "tiles/metatile.hpp"

#include <array>

namespace tapalcatl {

/// The bounds of a tileset, in degrees of longitude and latitude: west, south, east, north. West is greater than east
/// if they cross the 180th meridian.
using Bounds = std::array<double, 4>;

/// The whole of the web mercator pyramid.
inline constexpr Bounds world_bounds{-180, -85.0511287798066, 180, 85.0511287798066};

/// Bounds on the web mercator square, whose edge is 1 and whose origin is the north-west corner.
class MercatorBox {
 public:
    /// Latitudes beyond the pyramid are taken for its edge.
    explicit MercatorBox(const Bounds& bounds = world_bounds);

    /// Whether the tile and the box have a point in common, which may lie on their edges.
    bool touches(TileId tile) const;

 private:
    double west_, north_, east_, south_;
};

}  // namespace tapalcatl
