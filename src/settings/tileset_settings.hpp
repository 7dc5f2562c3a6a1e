#pragma once

#include "settings/settings.hpp"
#include "source/tileset_description.hpp"

#include <string>

namespace tapalcatl {

/// A tileset: of Tilezen's v1 metatiles, or of Tapalcatl 2, which its meta.json describes.
struct TilesetSettings {
    std::string name;      ///< in URLs; see service::is_tileset_name()
    std::string meta_key;  ///< of the meta.json in the storage; empty: v1 metatiles, and `description` describes them
    /// Those of the server, with what is the tileset's own: storage, access, keys, ages and TileJSON.
    Settings settings;
    source::TilesetDescription description;
};

/// What the settings say of a tileset of v1 metatiles: TileJSON's values, the usual formats, and each size of tiles
/// that the metatiles have, all down to the same zoom.
source::TilesetDescription description_of(const Settings& settings);

}  // namespace tapalcatl
