#include "cli/help.hpp"

#include "base/text.hpp"

#include <algorithm>

namespace tapalcatl::cli {
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
