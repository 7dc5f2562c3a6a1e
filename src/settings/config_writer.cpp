#include "settings/config_writer.hpp"

#include "base/text.hpp"
#include "settings/location.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace tapalcatl {
namespace {

/// Whether YAML takes the text for a scalar as it stands, and this scalar for text or a number: for a part of what it
/// would take.
bool is_plain(std::string_view text) {
    constexpr std::string_view first = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/_";
    constexpr std::string_view further = ".+-:%@=";
    constexpr std::array<std::string_view, 3> nulls{"null", "Null", "NULL"};
    const auto is_harmless = [&](char c) {
        return first.find(c) != std::string_view::npos || further.find(c) != std::string_view::npos;
    };
    return !text.empty() && first.find(text.front()) != std::string_view::npos && text.back() != ':' &&
           std::all_of(text.begin(), text.end(), is_harmless) &&
           std::find(nulls.begin(), nulls.end(), text) == nulls.end();
}

/// A scalar with this text, in double quotes if need be (YAML 1.2, section 7.3.1).
std::string yaml_scalar(std::string_view text) {
    if (is_plain(text)) {
        return std::string(text);
    }
    std::string quoted = "\"";
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (c == '"' || c == '\\') {
            quoted += '\\';
            quoted += c;
        } else if (byte < 0x20 || byte == 0x7f) {
            quoted += fmt::format("\\x{:02x}", byte);
        } else {
            quoted += c;
        }
    }
    return quoted + '"';
}

/// The text of which the file's reader makes `text` when it replaces variables.
std::string with_dollars_doubled(std::string_view text) {
    std::string doubled;
    for (const char c : text) {
        doubled.append(c == '$' ? 2 : 1, c);
    }
    return doubled;
}

}  // namespace

std::string yaml_text(std::string_view text) {
    return yaml_scalar(with_dollars_doubled(text));
}

std::string yaml_list(std::span<const std::string> texts) {
    std::string list;
    for (const auto& text : texts) {
        list += fmt::format("{}{}", list.empty() ? "" : ", ", yaml_text(text));
    }
    return fmt::format("[{}]", list);
}

std::string yaml_variable(std::string_view name) {
    return fmt::format("${{{}}}", name);
}

void ConfigWriter::comment(std::string_view text) {
    indent();
    text_ += fmt::format("# {}\n", printable(text));
}

void ConfigWriter::member(std::string_view name, std::string_view value, std::string_view comment) {
    indent();
    text_ += fmt::format("{}: {}", yaml_scalar(name), value);
    if (!comment.empty()) {
        text_ += fmt::format("  # {}", printable(comment));
    }
    text_ += '\n';
}

void ConfigWriter::begin(std::string_view name) {
    indent();
    text_ += fmt::format("{}:\n", yaml_scalar(name));
    ++depth_;
}

namespace {

/// Whether the text of the setting leaves out a part of its value: a password, or the query of a URL, which may be a
/// signature.
bool is_hidden(const Setting& setting, const Settings& settings) {
    const auto& location = settings.storage.location;
    return setting.is_secret || (setting.name == "storage" && location && url_of(*location) != exact_url_of(*location));
}

}  // namespace

Result<void> write_settings(const Configuration& configuration, ConfigWriter& to) {
    const auto table = setting_table();
    for (std::size_t row = 0; row < table.size(); ++row) {
        const auto& setting = table[row];
        const auto& origin = configuration.origins[row];
        // Of two settings for one member, only the one that was given is written.
        if (origin.name != setting.variable && origin.name != setting.flag()) {
            continue;
        }
        const auto text = setting.codec.text(configuration.settings);
        if (is_hidden(setting, configuration.settings) && !text.empty()) {
            to.member(setting.name, yaml_variable(setting.variable),
                      fmt::format("from {}, not shown: it is or has a secret", origin.name));
            continue;
        }
        if (!is_utf8(text)) {
            return fail(Errc::usage, "{}: expected UTF-8 text, because a YAML file has no other", origin.given);
        }
        to.member(setting.name, yaml_text(text), fmt::format("from {}", origin.name));
    }
    return {};
}

}  // namespace tapalcatl
