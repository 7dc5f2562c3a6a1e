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

}  // namespace tapalcatl::source
