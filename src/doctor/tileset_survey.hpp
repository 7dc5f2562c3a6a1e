#pragma once

#include "app/storage_factory.hpp"
#include "base/clock.hpp"
#include "base/error.hpp"
#include "settings/configuration.hpp"
#include "settings/location.hpp"
#include "settings/tileset_settings.hpp"

#include <boost/asio/io_context.hpp>

#include <string>

namespace tapalcatl::doctor {

/// Describes a tileset of metatiles by looking at the storage: key layout, prefix and layer, size of
/// the metatiles, formats, zooms and a place to begin at. What the configuration gives explicitly stays as it is.
///
/// Lists keys and reads the directories of a few archives; where nothing can be listed, keys are tried. All of that
/// ends at `deadline`.
///
/// Fails: not_found if there are no metatiles; unsupported if their entries are not named like tiles; as
/// StorageFactory::open(), open_lister() and source::read_head().
Result<TilesetSettings> survey_tileset(std::string name, const Location& location, const Configuration& configuration,
                                       app::StorageFactory& storages, boost::asio::io_context& context,
                                       SteadyTime deadline);

/// One line for people: "PREFIX_HASH, prefix demo, layer all; metatiles of 4 by 4 tiles; mvt, json; zooms 0 to 16".
std::string describe(const TilesetSettings& tileset);

}  // namespace tapalcatl::doctor
