#include "settings/tileset_settings.hpp"

namespace tapalcatl {

source::TilesetDescription description_of(const Settings& settings) {
    const auto& tilejson = settings.tilejson;
    source::TilesetDescription description;
    description.name = tilejson.name;
    description.attribution = tilejson.attribution;
    description.bounds = tilejson.bounds;
    description.center = {tilejson.center.longitude, tilejson.center.latitude, tilejson.center.zoom};
    description.min_zoom = tilejson.min_zoom;
    description.formats = {{"mvt", {}}, {"json", {}}, {"topojson", {}}};
    for (unsigned scale = 1; scale <= settings.metatiles.metatile_size; scale *= 2) {
        description.scales.push_back({scale, tilejson.max_zoom});
    }
    return description;
}

}  // namespace tapalcatl
