#pragma once

#include "base/error.hpp"
#include "settings/configuration.hpp"
#include "settings/location.hpp"
#include "settings/tileset_settings.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace tapalcatl::cli {

/// An argument of `serve`: "[NAME=]PLACE". PLACE is the path of a folder with metatiles or of a
/// meta.json (any name that ends in ".json"), or a file://, s3:// or https:// URL of such a place.
struct TilesetArgument {
    std::string name;  ///< as given, or made of the last part of the place; may be unusable
    Location location;
    std::string meta_key;  ///< of the meta.json in `location`; empty: a folder with metatiles
};

/// Fails: usage for a URL of another kind.
Result<TilesetArgument> parse_tileset_argument(std::string_view argument);

/// The tilesets of the arguments, each completed by looking at its storage and told in a line of the log.
/// Fails: as parse_tileset_argument() and doctor::survey_tileset(); the message names the argument.
Result<std::vector<TilesetSettings>> tilesets_of(const std::vector<std::string>& arguments,
                                                 const Configuration& configuration,
                                                 const EnvironmentVariables& environment);

}  // namespace tapalcatl::cli
