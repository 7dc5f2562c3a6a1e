#pragma once

#include "base/error.hpp"

#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace tapalcatl::credentials {

/// The keys of a section, in lower case, and their values.
using IniValues = std::map<std::string, std::string, std::less<>>;

/// A section: "[name]" and the lines below it.
struct IniSection {
    std::string name;  ///< the text in the brackets
    IniValues values;
    std::map<std::string, IniValues, std::less<>> nested;  ///< by key without a value: the indented lines below it
};

constexpr std::size_t max_ini_bytes = std::size_t{1} << 20U;

/// Parses a config or credentials file of AWS, as its tools do.
///
/// "key = value" or "key: value"; keys in any case; lines that begin with '#' or ';' are comments, but a
/// value has none; a line that is indented deeper than the key above continues its value, or is a nested "key = value"
/// if the key has no value. Of repeated sections and keys the later values count. Fails: usage. The message has the
/// number of the line and nothing of its text, which may be a secret.
Result<std::vector<IniSection>> parse_ini(std::string_view text);

}  // namespace tapalcatl::credentials
