#pragma once

#include "cli/output.hpp"
#include "settings/configuration.hpp"

#include <exception>
#include <span>
#include <string>

namespace tapalcatl::cli {

/// Runs the program with the command line `words`, without the program's name. Returns the exit code.
int run_program(std::span<const std::string> words, const EnvironmentVariables& environment, Output& out);

/// What ends the program. A sandbox or a limit that lets no thread start is named: its message alone is "Operation not
/// permitted".
Error error_of(const std::exception& exception);

}  // namespace tapalcatl::cli
