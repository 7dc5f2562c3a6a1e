#pragma once

#include "base/environment.hpp"
#include "base/error.hpp"
#include "service/route_pattern.hpp"
#include "settings/setting_table.hpp"
#include "source/ordered_source.hpp"
#include "source/tile_headers.hpp"
#include "source/tileset_description.hpp"

#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tapalcatl {

/// Values of settings by Setting::name, as a configuration file gives them. Each one is valid by itself.
struct FileValues {
    struct Value {
        std::string text;
        unsigned line = 0;  ///< from 1
    };
    std::map<std::string, Value, std::less<>> values;
};

/// A source of a configuration file, which several tilesets may use.
struct FileSource {
    std::string name;
    unsigned line = 0;
    FileValues settings;  ///< those in which it differs from the server; is_of_source()
};

/// A tileset of a configuration file.
struct FileTileset {
    std::string name;
    unsigned line = 0;
    FileValues settings;                      ///< those in which it differs; may_differ()
    std::vector<source::TileFormat> formats;  ///< empty: not given
    std::string description;                  ///< empty: not given
    source::HeaderList headers;               ///< over those of the server; source::header_fault() has nothing against
    std::vector<std::string> sources;         ///< names, in order; empty: `settings` name its storage
    source::OnFailure on_failure = source::OnFailure::fail;
    std::vector<service::RoutePattern> routes;  ///< in order
};

/// A configuration file: a YAML document with the settings of the server by their names, and tilesets.
struct ConfigFile {
    std::string path;  ///< for messages
    FileValues settings;
    source::HeaderList headers;         ///< of tiles and TileJSON, as FileTileset::headers
    std::vector<FileSource> sources;    ///< in the order of the file
    std::vector<FileTileset> tilesets;  ///< in the order of the file. Each source that they name is there
    std::vector<std::string> warnings;  ///< for people
};

/// The failure that a file's faults are: a line for each of the first 20, and how many more there are.
Error error_of_faults(std::span<const std::string> faults, const std::string& path);

/// Parses the text of a configuration file. `${NAME}` in a value is replaced by that variable, `${NAME:-text}` by
/// "text" where the variable is unset or empty, and `$$` by `$`.
///
/// Fails: usage. The message has a line for each fault in the file: "path:line:column: what is wrong", with the nearest
/// name for an unknown one. Values of secret settings are not shown.
Result<ConfigFile> parse_config_file(std::string_view text, std::string path, const EnvironmentVariables& environment);

/// Reads and parses a file of up to 1 MiB. Fails: as parse_config_file(); usage for a file that cannot be read.
Result<ConfigFile> read_config_file(const std::string& path, const EnvironmentVariables& environment);

}  // namespace tapalcatl
