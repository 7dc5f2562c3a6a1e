#include "cli/command_line.hpp"

#include "base/text.hpp"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <limits>

namespace tapalcatl::cli {

std::span<const Verb> verb_table() {
    using G = SettingGroup;
    constexpr auto any_number = std::numeric_limits<std::size_t>::max();
    constexpr VerbFlag json{"--json", "", "One JSON document on standard output."};
    constexpr VerbFlag px{"--px", "PIXELS", "Size of the tile: 256 (default), 512, 1024, ..."};
    constexpr std::string_view archive = "ARCHIVE is a path, or a file://, s3:// or https:// URL.";
    static const std::vector<SettingGroup> all{G::storage, G::access, G::keys,    G::landcover,
                                               G::reading, G::cache,  G::answers, G::tilejson,
                                               G::preview, G::http,   G::limits,  G::logging};
    static const std::vector<Verb> table{
        {.name = "serve", .summary = "Serves tiles over HTTP until SIGTERM, SIGINT or SIGHUP.", .groups = all},
        {.name = "ls",
         .arguments = "ARCHIVE",
         .min_arguments = 1,
         .max_arguments = 1,
         .summary = "Lists the entries of an archive.",
         .details = archive,
         .flags = {json},
         .groups = {G::access}},
        {.name = "cat",
         .arguments = "ARCHIVE ENTRY",
         .min_arguments = 2,
         .max_arguments = 2,
         .summary = "Writes an entry to standard output, once its CRC is checked.",
         .details = archive,
         .groups = {G::access, G::reading}},
        {.name = "locate",
         .arguments = "Z/X/Y.FORMAT",
         .min_arguments = 1,
         .max_arguments = 1,
         .summary = "Tells the key and entry of a tile. Needs no storage.",
         .details = "Prints the key of the archive and the name of the entry in it.",
         .flags = {px, json},
         .groups = {G::keys}},
        {.name = "tile",
         .arguments = "Z/X/Y.FORMAT",
         .min_arguments = 1,
         .max_arguments = 1,
         .summary = "Writes a tile to standard output, read as the server reads it.",
         .flags = {px},
         .groups = all},
        {.name = "verify",
         .arguments = "ARCHIVE|DIRECTORY...",
         .min_arguments = 1,
         .max_arguments = any_number,
         .summary = "Reads every entry of archives and checks it.",
         .details =
             "ARCHIVE is a path, or a file://, s3:// or https:// URL. Directories are searched for .zip files, all the "
             "way down. What is bad is listed; the exit code is 4 if anything is corrupt, 1 if anything could not be "
             "read.",
         .flags = {json},
         .groups = {G::access, G::reading}},
        {.name = "config",
         .summary = "Shows the settings in force and whence they are.",
         .details = "Takes the same flags as serve. Secrets are masked.",
         .flags = {json},
         .groups = all},
        {.name = "doctor",
         .summary = "Looks into the configured storage: can it be read, and what to set.",
         .details =
             "Takes the same flags as serve. Asks the storage, and AWS who it is that asks, for half a minute at "
             "the most. '!' stands before what keeps the server from working, '?' before what is worth knowing; "
             "the exit code is 0 if it would work.",
         .flags = {json},
         .groups = all},
        {.name = "health",
         .arguments = "[URL]",
         .max_arguments = 1,
         .summary = "Asks a running server whether it is well; for container health checks.",
         .details = "URL is http://HOST:PORT/health_check unless given. Gives up after 2 s.",
         .groups = {G::http}},
    };
    return table;
}

namespace {

bool looks_like_flag(std::string_view word) {
    return word.size() > 1 && word.front() == '-';
}

Error unknown(std::string_view what, std::string_view word, std::span<const std::string_view> known,
              std::string_view help) {
    const auto nearest = nearest_word(word, known);
    return fail(Errc::usage, "{} '{}': expected {}", what, printable(word),
                nearest.empty() ? fmt::format("one of those that '{}' lists", help) : fmt::format("{}?", nearest));
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
    std::vector<std::string_view> known{"--help", "--version"};
    for (const auto& verb : verb_table()) {
        known.push_back(verb.name);
        if (verb.name == word) {
            line.verb = &verb;
            return line;
        }
    }
    return unknown(looks_like_flag(word) ? "flag" : "verb", word, known, "tapalcatl --help");
}

/// Gives CLI11 the words in the form that it reads without surprises.
std::vector<std::string> words_for_cli11(std::span<const std::string> words) {
    std::vector<std::string> out;
    for (const auto& word : words) {
        // CLI11 takes the next word for the value of "--flag=".
        if (word.starts_with("--") && word.size() > 3 && word.find('=') == word.size() - 1) {
            out.push_back(word.substr(0, word.size() - 1));
            out.emplace_back();
        } else {
            out.push_back(word);
        }
    }
    std::reverse(out.begin(), out.end());  // CLI11 reads from the back
    return out;
}

/// The flags of one verb, and what of them is on the command line.
class VerbFlags {
 public:
    explicit VerbFlags(const Verb& verb) : verb_(verb) {
        app_.set_help_flag();
        app_.allow_extras();
        app_.add_flag("-h,--help");
        names_.push_back("--help");
        for (const auto& flag : verb.flags) {
            if (flag.value_name.empty()) {
                add_switch(std::string(flag.flag));
            } else {
                add_option(std::string(flag.flag));
            }
        }
        for (const auto& setting : setting_table()) {
            if (std::find(verb.groups.begin(), verb.groups.end(), setting.group) != verb.groups.end()) {
                add_option(setting.flag());
            }
        }
    }

    /// What is left over are arguments and flags that the verb does not have.
    Result<std::vector<std::string>> parse(std::span<const std::string> words) {
        try {
            app_.parse(words_for_cli11(words));
        } catch (const CLI::ArgumentMismatch&) {
            // All flags that take a value take one: it is the last word that lacks it.
            return fail(Errc::usage, "{}: expected a value after it", printable(words.back()));
        } catch (const CLI::ParseError& error) {
            return fail(Errc::usage, "{}", printable(error.what()));
        }
        return app_.remaining();
    }

    bool is_given(std::string_view flag) const { return app_.get_option(std::string(flag))->count() > 0; }
    const std::string& value(std::string_view flag) const { return values_.at(std::string(flag)); }

    Error unknown_flag(std::string_view word) const {
        const auto name = word.substr(0, word.find('='));
        const std::vector<std::string_view> known(names_.begin(), names_.end());
        return unknown(fmt::format("{}: flag", verb_.name), name, known,
                       fmt::format("tapalcatl {} --help", verb_.name));
    }

 private:
    void add_switch(const std::string& name) {
        app_.add_flag(name);
        names_.push_back(name);
    }

    void add_option(const std::string& name) {
        app_.add_option(name, values_[name])->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
        names_.push_back(name);
    }

    const Verb& verb_;
    CLI::App app_;
    std::map<std::string, std::string> values_;
    std::vector<std::string> names_;
};

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
        return fail(Errc::usage, "no verb: expected one of those that 'tapalcatl --help' lists");
    }
    auto line = parse_without_verb(words.front());
    if (!line || line->verb == nullptr) {
        return line;
    }
    const auto& verb = *line->verb;
    words = words.subspan(1);
    const auto end_of_flags = std::find(words.begin(), words.end(), "--");

    VerbFlags flags(verb);
    const auto left_over = flags.parse({words.begin(), end_of_flags});
    if (!left_over) {
        return left_over.error().within(verb.name);
    }
    if (flags.is_given("--help")) {
        line->ask = CommandLine::Ask::help;
        return line;
    }
    for (const auto& word : *left_over) {
        if (looks_like_flag(word)) {
            return flags.unknown_flag(word);
        }
        line->arguments.push_back(word);
    }
    if (end_of_flags != words.end()) {
        line->arguments.insert(line->arguments.end(), end_of_flags + 1, words.end());
    }
    const auto count = check_count(verb, line->arguments);
    if (!count) {
        return count.error();
    }
    for (const auto& flag : verb.flags) {
        if (!flags.is_given(flag.flag)) {
            continue;
        }
        if (flag.value_name.empty()) {
            line->switches.emplace(flag.flag);
        } else {
            line->values.emplace(flag.flag, flags.value(flag.flag));
        }
    }
    for (const auto& setting : setting_table()) {
        const auto flag = setting.flag();
        if (std::find(verb.groups.begin(), verb.groups.end(), setting.group) != verb.groups.end() &&
            flags.is_given(flag)) {
            line->settings.emplace(setting.name, flags.value(flag));
        }
    }
    return line;
}

namespace {

constexpr std::size_t line_width = 80;
constexpr std::string_view indent = "      ";

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
        "  --help, -h                  This help; after a verb, the verb's.\n"
        "  --version                   The version.\n"
        "\n"
        "Settings are flags or variables of the environment: 'tapalcatl serve --help' lists\n"
        "them, 'tapalcatl config' shows those in force.\n"
        "\n"
        "Exit codes: 0 fine, 1 I/O or upstream failure, 2 usage or configuration,\n"
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
    if (!verb.groups.empty()) {
        help += "\n" + paragraph("Settings: each is a flag and a variable of the environment. Flags win.", "");
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
