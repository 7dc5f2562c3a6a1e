#pragma once

#include "settings/config_file.hpp"
#include "settings/configuration.hpp"

namespace tapalcatl {

/// Adds the headers, sources and tilesets of a configuration file to the configuration of its server.
/// Fails: usage, with a line for each of them that is wrong.
Result<void> add_tilesets(Configuration& configuration, const ConfigFile& file);

}  // namespace tapalcatl
