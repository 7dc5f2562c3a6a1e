#include "tiles/mercator.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace tapalcatl {
namespace {

double x_of(double longitude) {
    return std::clamp((longitude + 180) / 360, 0.0, 1.0);
}

double y_of(double latitude) {
    const double clamped = std::clamp(latitude, world_bounds[1], world_bounds[3]);
    const double radians = clamped * std::numbers::pi / 180;
    return std::clamp((1 - std::asinh(std::tan(radians)) / std::numbers::pi) / 2, 0.0, 1.0);
}

/// Rounding must not move the bounds of a tileset across the edge of a tile. Less than a millimetre on the ground.
constexpr double tolerance = 1e-11;

}  // namespace

MercatorBox::MercatorBox(const Bounds& bounds)
    : west_(x_of(bounds[0])), north_(y_of(bounds[3])), east_(x_of(bounds[2])), south_(y_of(bounds[1])) {}

bool MercatorBox::touches(TileId tile) const {
    const double edge = std::ldexp(1.0, -static_cast<int>(tile.z));
    const double left = tile.x * edge;
    const double top = tile.y * edge;
    const double right = left + edge;
    const double bottom = top + edge;
    if (bottom < north_ - tolerance || top > south_ + tolerance) {
        return false;
    }
    const bool before_east = left <= east_ + tolerance;
    const bool behind_west = right >= west_ - tolerance;
    return west_ <= east_ ? before_east && behind_west : before_east || behind_west;
}

}  // namespace tapalcatl
