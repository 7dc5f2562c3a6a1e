#pragma once

#include "settings/location.hpp"
#include "source/tileset_description.hpp"
#include "tiles/key_pattern.hpp"
#include "tiles/metatile.hpp"

#include <string>

namespace tapalcatl {

/// A tileset, as an argument describes it: of Tilezen's v1 metatiles, which looking at it completes, or of Tapalcatl 2,
/// which its meta.json describes.
struct TilesetSettings {
    std::string name;  ///< in URLs; see service::is_tileset_name()
    Location location;
    std::string meta_key;  ///< of the meta.json in `location`; empty: v1 metatiles, and what follows describes them
    KeyPattern keys;
    MetatileScheme metatiles;
    source::TilesetDescription description;
};

}  // namespace tapalcatl
