#pragma once

#include "cli/output.hpp"
#include "settings/configuration.hpp"

#include <span>
#include <string>

namespace tapalcatl::cli {

/// All of the program: does what the command line says and returns the exit code. `words` follow the program's name.
int run_program(std::span<const std::string> words, const EnvironmentVariables& environment, Output& out);

}  // namespace tapalcatl::cli
