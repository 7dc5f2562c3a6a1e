#pragma once

#include "settings/configuration.hpp"

#include <map>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tapalcatl::cli {

/// A flag of a verb that is not a setting.
struct VerbFlag {
    std::string_view flag;        ///< "--px"
    std::string_view value_name;  ///< empty for a switch
    std::string_view help;
};

/// A verb of the command line.
struct Verb {
    std::string_view name;
    std::string_view arguments{};  ///< for the usage line
    std::size_t min_arguments = 0;
    std::size_t max_arguments = 0;
    std::string_view summary;
    std::string_view details{};
    std::vector<VerbFlag> flags{};
    std::vector<SettingGroup> groups{};  ///< the settings that it takes, as flags and as variables
};

/// Names the configuration file. A verb that takes it has it among its flags.
inline constexpr std::string_view config_flag = "--config";
inline constexpr std::string_view config_variable = "TAPALCATL_CONFIG";

/// Has the configuration file of a server watched.
inline constexpr std::string_view watch_flag = "--watch";
inline constexpr std::string_view watch_variable = "TAPALCATL_WATCH";

/// Asks for JSON.
inline constexpr std::string_view json_flag = "--json";

/// Asks for the configuration file that equals the environment.
inline constexpr std::string_view from_env_flag = "--from-env";

/// Asks for the JSON Schema of configuration files.
inline constexpr std::string_view schema_flag = "--schema";

/// Asks for what the documents have of settings and verbs.
inline constexpr std::string_view reference_flag = "--reference";

/// Names a configuration file that is only checked.
inline constexpr std::string_view check_flag = "--check";

/// All verbs, in the order of the help text.
std::span<const Verb> verb_table();

/// A parsed command line, with valid flags and a valid number of arguments.
struct CommandLine {
    enum class Ask { verb, help, version, usage };  ///< usage: there was no word at all

    Ask ask = Ask::verb;
    const Verb* verb = nullptr;          ///< null for the version and for help on the program as a whole
    std::vector<std::string> arguments;  ///< as many as the verb takes
    std::map<std::string, std::string, std::less<>> values;  ///< of the verb's own flags: "--px" -> "512"
    std::set<std::string, std::less<>> switches;             ///< of the verb that were given: "--json"
    Flags settings;
};

/// Parses the words after the program's name. If a flag is repeated, its last value counts; `--` ends the flags.
/// Fails: usage.
Result<CommandLine> parse_command_line(std::span<const std::string> words);

/// Help on the program: its purpose and its verbs.
std::string program_help();

/// Help on `verb`: its purpose and all its flags, with their variables and defaults.
std::string verb_help(const Verb& verb);

}  // namespace tapalcatl::cli
