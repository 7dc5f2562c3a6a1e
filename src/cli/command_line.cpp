#include "cli/command_line.hpp"

#include "base/text.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <optional>

namespace tapalcatl::cli {

namespace {

bool looks_like_flag(std::string_view word) {
    return word.size() > 1 && word.front() == '-';
}

Error unknown(std::string_view what, std::string_view word, std::span<const std::string_view> known,
              std::string_view help) {
    const auto nearest = nearest_word(word, known);
    return fail(Errc::usage, "unknown {} '{}': {}", what, printable(word),
                nearest.empty() ? fmt::format("'{}' lists them", help) : fmt::format("did you mean '{}'?", nearest));
}

Result<CommandLine> parse_without_verb(const std::string& word) {
    CommandLine line;
    if (word == "--help" || word == "-h") {
        line.ask = CommandLine::Ask::help;
        return line;
    }
    if (word == "--version") {
        line.ask = CommandLine::Ask::version;
        return line;
    }
    std::vector<std::string_view> known{"help", "--help", "--version"};
    for (const auto& verb : verb_table()) {
        known.push_back(verb.name);
        if (verb.name == word) {
            line.verb = &verb;
            return line;
        }
    }
    return unknown(looks_like_flag(word) ? "flag" : "verb", word, known, "tapalcatl --help");
}

/// What follows the word "help": nothing, or a verb.
Result<CommandLine> parse_help(std::span<const std::string> words) {
    CommandLine line;
    if (!words.empty()) {
        auto verb = parse_without_verb(words.front());
        if (!verb) {
            return verb;
        }
        line = std::move(*verb);
    }
    line.ask = CommandLine::Ask::help;
    return line;
}

/// The flags that a verb takes: its own, and one for each of its settings.
class VerbFlags {
 public:
    explicit VerbFlags(const Verb& verb) : verb_(verb) {
        for (const auto& setting : setting_table()) {
            if (std::find(verb.groups.begin(), verb.groups.end(), setting.group) != verb.groups.end()) {
                settings_.emplace(setting.flag(), setting.name);
            }
        }
    }

    /// Null if the verb has no such flag of its own.
    const VerbFlag* own(std::string_view name) const {
        const auto found = std::find_if(verb_.flags.begin(), verb_.flags.end(),
                                        [&](const VerbFlag& flag) { return flag.flag == name; });
        return found == verb_.flags.end() ? nullptr : &*found;
    }

    /// The name of the flag's setting; empty if it is not a setting of the verb.
    std::string_view setting(std::string_view name) const {
        const auto found = settings_.find(name);
        return found == settings_.end() ? std::string_view() : found->second;
    }

    Error unknown_flag(std::string_view name) const {
        std::vector<std::string_view> known{"--help"};
        for (const auto& flag : verb_.flags) {
            known.push_back(flag.flag);
        }
        for (const auto& [flag, setting] : settings_) {
            known.push_back(flag);
        }
        return unknown("flag", name, known, fmt::format("tapalcatl {} --help", verb_.name)).within(verb_.name);
    }

 private:
    const Verb& verb_;
    std::map<std::string, std::string_view, std::less<>> settings_;  ///< names by flag
};

/// Reads the words after the verb into `line`. Asks for help if --help is among them, whatever else is wrong.
Result<void> parse_words(std::span<const std::string> words, const VerbFlags& flags, CommandLine& line) {
    std::optional<Error> failure;
    for (std::size_t i = 0; i < words.size(); ++i) {
        const std::string_view word = words[i];
        if (word == "--") {
            line.arguments.insert(line.arguments.end(), words.begin() + static_cast<std::ptrdiff_t>(i) + 1,
                                  words.end());
            break;
        }
        if (word == "--help" || word == "-h") {
            line.ask = CommandLine::Ask::help;
            return {};
        }
        if (!looks_like_flag(word)) {
            line.arguments.emplace_back(word);
            continue;
        }
        const auto equals = word.find('=');
        const auto name = word.substr(0, equals);
        const auto* own = flags.own(name);
        const auto setting = flags.setting(name);
        if (own == nullptr && setting.empty()) {
            failure = failure ? failure : flags.unknown_flag(name);
            continue;
        }
        if (own != nullptr && own->value_name.empty()) {
            if (equals != std::string_view::npos) {
                failure = failure ? failure
                                  : fail(Errc::usage, "{}: {}: expected no value", line.verb->name, printable(word));
            }
            line.switches.emplace(name);
            continue;
        }
        if (equals == std::string_view::npos && i + 1 == words.size()) {
            failure = failure ? failure : fail(Errc::usage, "{}: {}: expected a value after it", line.verb->name, name);
            continue;
        }
        const auto value = equals == std::string_view::npos ? std::string_view(words[++i]) : word.substr(equals + 1);
        if (own != nullptr) {
            line.values.insert_or_assign(std::string(name), std::string(value));
        } else {
            line.settings.insert_or_assign(std::string(setting), std::string(value));
        }
    }
    if (failure) {
        return *failure;
    }
    return {};
}

Result<void> check_count(const Verb& verb, const std::vector<std::string>& arguments) {
    if (arguments.size() < verb.min_arguments) {
        return fail(Errc::usage, "{}: expected {}", verb.name, verb.arguments);
    }
    if (arguments.size() > verb.max_arguments) {
        return fail(Errc::usage, "{}: '{}': expected {}", verb.name, printable(arguments[verb.max_arguments]),
                    verb.arguments.empty() ? "no arguments" : fmt::format("no more than {}", verb.arguments));
    }
    return {};
}

}  // namespace

Result<CommandLine> parse_command_line(std::span<const std::string> words) {
    if (words.empty()) {
        CommandLine line;
        line.ask = CommandLine::Ask::usage;
        return line;
    }
    if (words.front() == "help") {
        return parse_help(words.subspan(1));
    }
    auto line = parse_without_verb(words.front());
    if (!line || line->verb == nullptr) {
        return line;
    }
    const auto parsed = parse_words(words.subspan(1), VerbFlags(*line->verb), *line);
    if (!parsed) {
        return parsed.error();
    }
    if (line->ask == CommandLine::Ask::verb) {
        const auto count = check_count(*line->verb, line->arguments);
        if (!count) {
            return count.error();
        }
    }
    return line;
}

namespace {

constexpr std::size_t line_width = 80;
constexpr std::string_view indent = "      ";

/// The settings that most people need.
constexpr std::array<std::string_view, 10> common_settings{
    "storage",         "s3_bucket", "s3_prefix", "key_format_type", "metatile_size", "cache_size", "tiles_url_base",
    "trusted_proxies", "host",      "port"};

/// `text` in lines of at most `line_width`, each indented.
std::string paragraph(std::string_view text, std::string_view indent_by) {
    std::string out;
    std::size_t column = 0;
    while (!text.empty()) {
        const auto word = next_field(text, ' ');
        if (column > 0 && column + 1 + word.size() > line_width) {
            out += '\n';
            column = 0;
        }
        out += column == 0 ? indent_by : std::string_view(" ");
        out += word;
        column += (column == 0 ? indent_by.size() : 1) + word.size();
    }
    return out + '\n';
}

std::string setting_help(const Setting& setting) {
    return fmt::format("  {} {}\n{}{}", setting.flag(), setting.codec.value_name, paragraph(setting.help, indent),
                       paragraph(fmt::format("{}, default: {}", setting.variable, setting.default_value()), indent));
}

}  // namespace

std::string program_help() {
    std::string help =
        "Usage: tapalcatl VERB [FLAG...] [ARGUMENT...]\n"
        "\n"
        "A tile server for metatiles: zip archives that hold blocks of vector tiles.\n"
        "\n";
    for (const auto& verb : verb_table()) {
        help += fmt::format("  {:<28}{}\n", fmt::format("{} {}", verb.name, verb.arguments), verb.summary);
    }
    help +=
        "\n"
        "  help [VERB]                 Help on a verb, as VERB --help.\n"
        "  --help, -h                  This help; after a verb, the help of that verb.\n"
        "  --version                   The version.\n"
        "\n"
        "Settings are flags or environment variables: 'tapalcatl serve --help' lists them,\n"
        "'tapalcatl config' shows the effective ones.\n"
        "\n"
        "Exit codes: 0 success, 1 I/O or upstream failure, 2 usage or configuration,\n"
        "3 not found, 4 corrupt or unsupported.\n";
    return help;
}

std::string verb_help(const Verb& verb) {
    std::string help = fmt::format("Usage: tapalcatl {}{}{}{}\n\n", verb.name,
                                   verb.flags.empty() && verb.groups.empty() ? "" : " [FLAG...]",
                                   verb.arguments.empty() ? "" : " ", verb.arguments);
    help += paragraph(verb.summary, "");
    if (!verb.details.empty()) {
        help += paragraph(verb.details, "");
    }
    if (!verb.flags.empty()) {
        help += "\nFlags\n";
    }
    for (const auto& flag : verb.flags) {
        help += fmt::format("  {}{}{}\n{}", flag.flag, flag.value_name.empty() ? "" : " ", flag.value_name,
                            paragraph(flag.help, indent));
    }
    if (verb.name == "serve") {
        help += "\nMost used\n";
        for (const auto& setting : setting_table()) {
            if (std::find(common_settings.begin(), common_settings.end(), setting.name) != common_settings.end()) {
                help += fmt::format("  {:<28}{}\n", setting.flag(), setting.variable);
            }
        }
        help += "All settings follow, by group.\n";
    }
    if (!verb.groups.empty()) {
        help += "\n" + paragraph("Each setting is a flag and an environment variable. Flags take precedence.", "");
    }
    for (const auto group : verb.groups) {
        help += fmt::format("\n{}\n", title_of(group));
        for (const auto& setting : setting_table()) {
            if (setting.group == group) {
                help += setting_help(setting);
            }
        }
    }
    return help;
}

}  // namespace tapalcatl::cli
