#pragma once

#include "cli/output.hpp"
#include "settings/configuration.hpp"

#include <span>
#include <string>

namespace tapalcatl::cli {

/// Runs the program with the command line `words`, without the program's name. Returns the exit code.
int run_program(std::span<const std::string> words, const EnvironmentVariables& environment, Output& out);

}  // namespace tapalcatl::cli
