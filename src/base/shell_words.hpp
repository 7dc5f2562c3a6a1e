#pragma once

#include "base/error.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace tapalcatl {

/// The words of a command line as botocore's credential_process has them, which is Python's shlex.split: blanks part
/// words, quotes and backslashes keep them together, and nothing else is special: no variables, no pipes, no comments.
/// Fails: usage, without showing the line: a quote that is not closed, a backslash at the end, a NUL.
Result<std::vector<std::string>> shell_words(std::string_view line);

}  // namespace tapalcatl
