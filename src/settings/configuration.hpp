#pragma once

#include "base/environment.hpp"
#include "settings/config_file.hpp"
#include "settings/setting_table.hpp"
#include "settings/settings.hpp"
#include "settings/tileset_settings.hpp"

#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tapalcatl {

/// Variables of the environment by name.
using EnvironmentVariables = std::map<std::string, std::string>;

/// The environment of this process, as it is now.
EnvironmentVariables process_environment();

/// Settings as the command line gives them: values by Setting::name.
using Flags = std::map<std::string, std::string, std::less<>>;

/// Where the value of a setting comes from.
struct Origin {
    enum class Kind { default_value, file, variable, flag };

    Kind kind = Kind::default_value;
    std::string name;   ///< of the variable or flag; "path:line" in a file
    std::string given;  ///< name and value, for messages; a secret is not shown
};

struct Configuration {
    Settings settings;
    std::vector<TilesetSettings> tilesets;                       ///< of the configuration file
    std::vector<std::shared_ptr<const SourceSettings>> sources;  ///< of the configuration file
    std::vector<Origin> origins;                                 ///< one for each row of setting_table()
    std::vector<std::string> warnings;                           ///< for people
};

/// Whether neither a flag nor a variable gave the setting. Requires: as given_setting().
bool is_default(const Configuration& configuration, std::string_view name);

/// How a setting was given, for messages: "HOST='a b'" or "--host 'a b'", and "HOST (--host)" if it was not. A secret
/// is shown as "...". Requires: `name` is the Setting::name of a row of setting_table().
std::string given_setting(const Configuration& configuration, std::string_view name);

/// Fills the settings of `groups` from flags, environment and a configuration file, which may be null. Flags take
/// precedence over the environment, and that over the file; what the file says of a tileset takes precedence over all
/// of them. Other settings keep their defaults; their variables are ignored.
///
/// Fails: usage, naming the flag, variable or place in the file, the value and what was expected; also if two storages
/// are named, and for a tileset without one.
Result<Configuration> configure(std::span<const SettingGroup> groups, const Flags& flags,
                                const EnvironmentVariables& environment, const ConfigFile* file = nullptr);

/// The settings of the server with those of a source or tileset of the file at `path` in place of its own; without
/// sources and tilesets. Fails: as configure().
Result<Configuration> with_file_values(const Configuration& server, const FileValues& values, const std::string& path);

/// The part of `text` that counts as the value of a setting: mostly without blanks and line ends around it. Lifetime:
/// views `text`.
std::string_view value_of(const Setting& setting, std::string_view text);

/// A value in a message: control characters are escaped, and the query of a URL, which may be a signature, is hidden.
std::string text_for_people(std::string_view value);

/// The storage that the settings name. Fails: usage if they name none; the message says how to name one.
Result<Location> storage_location(const Settings& settings);

/// The word of which `text` may be a misspelling; empty if no word is similar. Lifetime: views `words`.
std::string_view nearest_word(std::string_view text, std::span<const std::string_view> words);

}  // namespace tapalcatl
