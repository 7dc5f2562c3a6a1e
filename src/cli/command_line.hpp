#pragma once

#include "settings/configuration.hpp"

#include <map>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tapalcatl::cli {

/// A flag that belongs to one verb and is no setting.
struct VerbFlag {
    std::string_view flag;        ///< "--px"
    std::string_view value_name;  ///< empty for a switch
    std::string_view help;
};

/// What the program can be told to do.
struct Verb {
    std::string_view name;
    std::string_view arguments{};  ///< as the usage line shows them
    std::size_t min_arguments = 0;
    std::size_t max_arguments = 0;
    std::string_view summary;
    std::string_view details{};
    std::vector<VerbFlag> flags{};
    std::vector<SettingGroup> groups{};  ///< settings that it takes, as flags and as variables
};

/// In the order of help.
std::span<const Verb> verb_table();

/// A command line that makes sense as far as flags and arguments go.
struct CommandLine {
    enum class Ask { verb, help, version };

    Ask ask = Ask::verb;
    const Verb* verb = nullptr;          ///< null where help is asked for the program as a whole, and for the version
    std::vector<std::string> arguments;  ///< as many as the verb takes
    std::map<std::string, std::string, std::less<>> values;  ///< of the verb's own flags: "--px" -> "512"
    std::set<std::string, std::less<>> switches;             ///< of the verb that are given: "--json"
    Flags settings;
};

/// Reads what follows the program's name. Of a flag that is given twice the last one counts; `--` ends the flags.
/// Fails: usage.
Result<CommandLine> parse_command_line(std::span<const std::string> words);

/// What the program is and which verbs it has.
std::string program_help();

/// What `verb` does, with all its flags, their variables and defaults.
std::string verb_help(const Verb& verb);

}  // namespace tapalcatl::cli
