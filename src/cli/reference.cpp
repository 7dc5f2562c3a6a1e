#include "cli/reference.hpp"

#include "base/text.hpp"
#include "cli/command_line.hpp"
#include "cli/version.hpp"
#include "settings/file_member.hpp"
#include "settings/setting_details.hpp"
#include "settings/setting_table.hpp"
#include "settings/units.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <limits>
#include <string_view>
#include <vector>

namespace tapalcatl::cli {
namespace {

/// `expected` of the setting, as far as help and the general forms of values do not say it.
std::string value_sentence(const Setting& setting) {
    const auto& form = setting.codec.form;
    const auto& expected = setting.codec.expected;
    switch (form.kind) {
        case ValueForm::Kind::truth:
            return {};
        case ValueForm::Kind::duration:
            return form.may_be_empty || form.min == 0 ? std::string() : "Value: above 0.";
        case ValueForm::Kind::size:
            if (form.max < std::numeric_limits<std::uint64_t>::max()) {
                return fmt::format("Value: from {} to {}.", size_text(form.min), size_text(form.max));
            }
            return form.min > 0 ? fmt::format("Value: at least {}.", size_text(form.min)) : std::string();
        case ValueForm::Kind::choice: {
            std::string words;
            for (std::size_t i = 0; i < form.words.size(); ++i) {
                words += fmt::format("{}`{}`", i == 0 ? "" : i + 1 == form.words.size() ? " or " : ", ", form.words[i]);
            }
            return fmt::format("Value: {}.", words);
        }
        case ValueForm::Kind::number:
        case ValueForm::Kind::list:
        case ValueForm::Kind::text:
            break;
    }
    const bool is_said = expected == "text" || setting.help.find(expected) != std::string_view::npos;
    return is_said ? std::string() : fmt::format("Value: {}.", expected);
}

/// All that is to be said of a setting, with `code`.
std::string meaning_of(const Setting& setting) {
    std::string meaning(setting.help);
    for (const auto& more : {std::string(details_of(setting.name)), value_sentence(setting)}) {
        meaning += more.empty() ? "" : " " + more;
    }
    return meaning;
}

/// Text for a cell of a table. URLs become code, because they are examples and no links.
std::string markdown_cell(std::string_view text) {
    std::string cell;
    while (!text.empty()) {
        const auto word = next_field(text, ' ');
        const auto length = std::min(word.size(), word.find_last_not_of(".,:;") + 1);
        const bool is_url = word.find("://") != std::string_view::npos && word.find('`') == std::string_view::npos;
        cell += fmt::format("{}{}{}{}{}", cell.empty() ? "" : " ", is_url ? "`" : "",
                            word.substr(0, is_url ? length : word.size()), is_url ? "`" : "",
                            is_url ? word.substr(length) : std::string_view());
    }
    std::string escaped;
    for (const char c : cell) {
        escaped += c == '|' ? "\\|" : std::string(1, c);
    }
    return escaped;
}

}  // namespace

std::string markdown_reference() {
    std::string reference;
    for (const auto group : all_setting_groups()) {
        reference += fmt::format(
            "<!-- settings: {} -->\n\n| flag | variable | default | meaning |\n|---|---|---|---|\n", title_of(group));
        for (const auto& setting : setting_table()) {
            if (setting.group == group) {
                const auto value = setting.default_value();
                // Neither HTML nor a link.
                const bool is_code = value.find('<') != std::string::npos || value.find("://") != std::string::npos;
                const auto* quote = is_code ? "`" : "";
                reference += fmt::format("| `{}` | `{}` | {}{}{} | {} |\n", setting.flag(), setting.variable, quote,
                                         value, quote, markdown_cell(meaning_of(setting)));
            }
        }
        reference += "\n<!-- end of settings -->\n";
    }
    return reference;
}

namespace {

/// Text for roff: special characters are escaped, and `code` is bold.
std::string roff(std::string_view text) {
    std::string out;
    bool is_code = false;
    for (const char c : text) {
        if (c == '`') {
            is_code = !is_code;
            out += is_code ? "\\fB" : "\\fR";
        } else if (c == '\\') {
            out += "\\e";
        } else if (c == '-') {
            out += "\\-";
        } else if (c == '\'') {
            out += "\\(aq";
        } else if (c == '^') {
            out += "\\(ha";
        } else if (c == '~') {
            out += "\\(ti";
        } else {
            out += c;
        }
    }
    return out.starts_with('.') ? "\\&" + out : out;
}

std::string bold(std::string_view text) {
    return fmt::format("\\fB{}\\fR", roff(text));
}

std::string italic(std::string_view text) {
    return fmt::format("\\fI{}\\fR", roff(text));
}

/// A paragraph with a tag that hangs out.
std::string tagged(std::string_view tag, std::string_view text) {
    return fmt::format(".TP\n{}\n{}\n", tag, text);
}

std::string flag_tag(std::string_view flag, std::string_view value_name) {
    return value_name.empty() ? bold(flag) : fmt::format("{} {}", bold(flag), italic(value_name));
}

std::string manual_of(const Verb& verb) {
    std::string text = fmt::format(".SS {}", verb.name);
    text += fmt::format("\n{}{}{}{}\n.PP\n{}\n", bold(fmt::format("tapalcatl {}", verb.name)),
                        verb.flags.empty() && verb.groups.empty() ? "" : " [" + italic("FLAG") + "...]",
                        verb.arguments.empty() ? "" : " ", italic(verb.arguments), roff(verb.summary));
    if (!verb.details.empty()) {
        text += roff(verb.details) + "\n";
    }
    for (const auto& flag : verb.flags) {
        text += tagged(flag_tag(flag.flag, flag.value_name), roff(flag.help));
    }
    if (!verb.groups.empty() && verb.groups.size() < all_setting_groups().size()) {
        std::vector<std::string_view> titles;
        for (const auto group : verb.groups) {
            titles.push_back(title_of(group));
        }
        text += fmt::format(".PP\nIt takes the settings of: {}.\n", roff(fmt::format("{}", fmt::join(titles, "; "))));
    } else if (!verb.groups.empty()) {
        text += ".PP\nIt takes all settings.\n";
    }
    return text;
}

}  // namespace

std::string manual_page() {
    std::string page = fmt::format(
        ".\\\" Made by 'tapalcatl config --reference man'; script/reference writes it anew.\n"
        ".TH TAPALCATL 1 \"\" \"tapalcatl {}\" \"User Commands\"\n"
        ".nh\n.ad l\n"  // names of variables are not hyphenated, and lines with long ones not stretched
        ".SH NAME\ntapalcatl \\- a tile server for metatiles\n"
        ".SH SYNOPSIS\n.B tapalcatl\n.I VERB\n[\\fIFLAG\\fR...] [\\fIARGUMENT\\fR...]\n"
        ".SH DESCRIPTION\n"
        "A tile server for metatiles: zip archives that hold blocks of vector tiles.\n"
        "It reads them from folders, from S3 and from web servers.\n"
        ".SH VERBS\n",
        version());
    for (const auto& verb : verb_table()) {
        page += manual_of(verb);
    }
    page += fmt::format(".SS help\n{}\n.PP\nHelp on a verb, as \\fIVERB\\fR {}.\n",
                        bold("tapalcatl help") + " [" + italic("VERB") + "]", bold("--help"));
    page +=
        ".SH SETTINGS\n"
        "Each setting is a flag, an environment variable, and a name in the configuration file: the flag's name "
        "without "
        "\\-\\- and with _ for \\-.\nFlags take precedence over variables, and those over the file.\n";
    for (const auto group : all_setting_groups()) {
        page += fmt::format(".SS {}\n", title_of(group));
        for (const auto& setting : setting_table()) {
            if (setting.group == group) {
                page += tagged(flag_tag(setting.flag(), setting.codec.value_name), roff(meaning_of(setting)));
                page += fmt::format(".br\n{}, default: {}\n", bold(setting.variable), roff(setting.default_value()));
            }
        }
    }
    page +=
        ".SH CONFIGURATION FILE\n"
        "A YAML document with settings by their names, and these members.\nIn values, ${NAME} is replaced by that "
        "variable, ${NAME:\\-text} by the text if it is unset or empty, and $$ by $.\n";
    for (const auto& member : document_members()) {
        page += tagged(bold(member.name), roff(member.help));
    }
    page += ".PP\nA tileset has settings of its own, and these members.\n";
    for (const auto& member : tileset_members()) {
        page += tagged(bold(member.name), roff(member.help));
    }
    page +=
        ".SH EXIT STATUS\n"
        ".TP\n0\nsuccess\n"
        ".TP\n1\nI/O or upstream failure\n"
        ".TP\n2\nusage or configuration\n"
        ".TP\n3\nnot found\n"
        ".TP\n4\ncorrupt or unsupported\n";
    return page;
}

}  // namespace tapalcatl::cli
