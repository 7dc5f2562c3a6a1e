#pragma once

#include "settings/location.hpp"
#include "source/tileset_description.hpp"
#include "tiles/key_pattern.hpp"
#include "tiles/metatile.hpp"

#include <string>

namespace tapalcatl {

/// A tileset of Tilezen's v1 metatiles, as an argument describes it and looking at it completes it.
struct TilesetSettings {
    std::string name;  ///< in URLs; see service::is_tileset_name()
    Location location;
    KeyPattern keys;
    MetatileScheme metatiles;
    source::TilesetDescription description;
};

}  // namespace tapalcatl
