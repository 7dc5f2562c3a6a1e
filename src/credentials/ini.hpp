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

/// One "[name]" and what follows it.
struct IniSection {
    std::string name;  ///< what stands in the brackets, as it is
    IniValues values;
    std::map<std::string, IniValues, std::less<>> nested;  ///< of a key without a value, the indented lines below it
};

constexpr std::size_t max_ini_bytes = std::size_t{1} << 20U;

/// Reads a file as AWS's tools read their config and credentials files.
///
/// "key = value" or "key: value"; keys in any case; lines that begin with '#' or ';' are comments, but nothing is
/// within a value; a line indented deeper than its key goes on with its value, or is a nested "key = value" if the key
/// had none. Of sections or keys that are there twice, the later values hold.
/// Fails: usage, with the line's number and nothing of the line, which may be a secret.
Result<std::vector<IniSection>> parse_ini(std::string_view text);

}  // namespace tapalcatl::credentials
