#pragma once

#include "cli/output.hpp"
#include "settings/configuration.hpp"
#include "settings/settings.hpp"
#include "tiles/tile_path.hpp"

#include <string>
#include <vector>

/// What the program can do, one file each. A verb that returns a Result leaves it to its caller to tell the failure.
namespace tapalcatl::cli {

enum class Form { text, json };

/// Serves until it is told to stop. Tells its own failures; returns the exit code.
int serve(const Settings& settings, const EnvironmentVariables& environment);

/// Writes a tile to `out`, read as the server reads it. `tile_size` counts 256-pixel tiles along an edge.
/// Tells its own failures; returns the exit code.
int tile(const Settings& settings, const EnvironmentVariables& environment, const TilePath& path, unsigned tile_size,
         Output& out);

/// Lists an archive's entries. Fails: as source::read_head(), usage.
Result<void> ls(const Settings& settings, const EnvironmentVariables& environment, const std::string& archive,
                Form form, Output& out);

/// Writes an entry's content, once it is checked. Fails: as ls() and zip::checked_content(); not_found.
Result<void> cat(const Settings& settings, const EnvironmentVariables& environment, const std::string& archive,
                 const std::string& entry, Output& out);

/// Tells where a tile is kept. Fails: bad_request for a tile that its metatile cannot have.
Result<void> locate(const Settings& settings, const TilePath& path, unsigned tile_size, Form form, Output& out);

/// Reads all of the archives that `paths` are or hold, and lists what is wrong with them.
/// Fails: corrupt if anything was, else io if anything could not be read, else not_found if there was nothing to read.
Result<void> verify(const Settings& settings, const EnvironmentVariables& environment,
                    const std::vector<std::string>& paths, Form form, Output& out);

/// Shows the settings in force and whence they are. Secrets are masked.
Result<void> config(const Configuration& configuration, Form form, Output& out);

/// Looks into the configured storage, step by step, and tells what it finds and what to set. Takes half a minute at the
/// most. Returns the exit code: of the first problem, or that all is fine.
int doctor(const Configuration& configuration, const EnvironmentVariables& environment, Form form, Output& out);

/// Asks a server whether it is well. An empty `url` stands for the one that `settings` describe.
/// Fails: unavailable, timeout if it is not; usage.
Result<void> health(const Settings& settings, const std::string& url);

}  // namespace tapalcatl::cli
