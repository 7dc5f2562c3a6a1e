#pragma once

#include "service/route_pattern.hpp"
#include "settings/settings.hpp"
#include "source/ordered_source.hpp"
#include "source/tileset_description.hpp"

#include <memory>
#include <string>
#include <vector>

namespace tapalcatl {

/// A place of v1 metatiles, of which a tileset may have several.
struct SourceSettings {
    std::string name;
    Settings settings;  ///< of which storage, access, keys and metatiles count
};

/// A tileset: of Tilezen's v1 metatiles, or of Tapalcatl 2, which its meta.json describes.
struct TilesetSettings {
    std::string name;      ///< in URLs; see service::is_tileset_name()
    std::string meta_key;  ///< of the meta.json in the storage; empty: v1 metatiles, and `description` describes them
    /// Those of the server, with what is the tileset's own: storage, access, keys, ages and TileJSON.
    Settings settings;
    source::TilesetDescription description;
    /// In order, none of them null; empty: the storage of `settings` is the only one.
    std::vector<std::shared_ptr<const SourceSettings>> sources{};
    source::OnFailure on_failure = source::OnFailure::fail;
    std::vector<service::RoutePattern> routes{};  ///< in order
};

/// What the settings say of a tileset of v1 metatiles: TileJSON's values, the usual formats, and each size of tiles
/// that the metatiles have, all down to the same zoom.
source::TilesetDescription description_of(const Settings& settings);

}  // namespace tapalcatl
