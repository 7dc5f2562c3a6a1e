#include "cli/command_line.hpp"

#include "base/text.hpp"
#include "settings/suggestion.hpp"

#include <CLI/CLI.hpp>

#include <algorithm>

namespace tapalcatl::cli {
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

}  // namespace tapalcatl::cli
