#pragma once

#include "base/environment.hpp"
#include "settings/setting_table.hpp"
#include "settings/settings.hpp"

#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tapalcatl {

/// The environment variables of this process, as they are now.
EnvironmentVariables process_environment();

/// Settings as the command line gives them: values by Setting::name.
using Flags = std::map<std::string, std::string, std::less<>>;

/// Whence a setting has its value.
struct Origin {
    enum class Kind { preset, variable, flag };

    Kind kind = Kind::preset;
    std::string name;  ///< of the variable or flag
};

struct Configuration {
    Settings settings;
    std::vector<Origin> origins;        ///< one for each row of setting_table()
    std::vector<std::string> warnings;  ///< for people: variables that look misspelt
};

/// Fills the settings of `groups` from flags and environment; flags win. The others keep their defaults, and what the
/// environment says of them is not looked at.
///
/// Fails: usage, naming the flag or variable, its value and what was expected.
Result<Configuration> configure(std::span<const SettingGroup> groups, const Flags& flags,
                                const EnvironmentVariables& environment);

/// The storage that the settings name. Fails: usage where none is named, or two are. Says how to name one.
Result<Location> storage_location(const Settings& settings);

/// The word that `text` may be a misspelling of, or empty where none is near. Lifetime: views `words`.
std::string_view nearest_word(std::string_view text, std::span<const std::string_view> words);

}  // namespace tapalcatl
