#include "source/tileset_description.hpp"

#include <algorithm>

namespace tapalcatl::source {

const TileFormat* TilesetDescription::format(std::string_view extension) const {
    const auto found = std::find_if(formats.begin(), formats.end(),
                                    [&](const TileFormat& format) { return format.extension == extension; });
    return found != formats.end() ? &*found : nullptr;
}

const TileScale* TilesetDescription::scale(unsigned scale) const {
    const auto found =
        std::find_if(scales.begin(), scales.end(), [&](const TileScale& each) { return each.scale == scale; });
    return found != scales.end() ? &*found : nullptr;
}

unsigned TilesetDescription::max_zoom() const {
    unsigned deepest = 0;
    for (const auto& each : scales) {
        deepest = std::max(deepest, each.max_zoom);
    }
    return deepest;
}

Result<void> TilesetDescription::check(TileId tile, unsigned pixel_size) const {
    if (scales.empty()) {
        return {};
    }
    const auto* const chosen = pixel_size % 256 == 0 ? scale(pixel_size / 256) : nullptr;
    if (chosen == nullptr) {
        return fail(Errc::no_tile, "tiles of {} pixels: the tileset has no such size", pixel_size);
    }
    if (tile.z < min_zoom || tile.z > chosen->max_zoom) {
        return fail(Errc::no_tile, "zoom {}: the tileset has zooms {} to {} of this size", tile.z, min_zoom,
                    chosen->max_zoom);
    }
    if (bounds != world_bounds && !MercatorBox(bounds).touches(tile)) {
        return fail(Errc::no_tile, "tile {}: outside the bounds of the tileset", to_string(tile));
    }
    return {};
}

}  // namespace tapalcatl::source
