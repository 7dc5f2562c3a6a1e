#pragma once

#include "cli/command_line.hpp"

#include <string>

namespace tapalcatl::cli {

/// What the program is and which verbs it has.
std::string program_help();

/// What `verb` does, with all its flags, their variables and defaults.
std::string verb_help(const Verb& verb);

}  // namespace tapalcatl::cli
