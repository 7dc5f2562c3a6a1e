#pragma once

#include "cli/output.hpp"
#include "settings/configuration.hpp"

#include <exception>
#include <span>
#include <string>
#include <vector>

namespace tapalcatl::cli {

/// The words after the program's name in `arguments`. AWS Lambda gives none: where its variables are set or the program
/// is called "bootstrap", they are the verb `lambda`.
std::vector<std::string> words_of(std::span<const std::string> arguments, const EnvironmentVariables& environment);

/// Runs the program with the command line `words`, without the program's name. Returns the exit code.
int run_program(std::span<const std::string> words, const EnvironmentVariables& environment, Output& out);

/// What ends the program. A sandbox or a limit that lets no thread start is named: its message alone is "Operation not
/// permitted".
Error error_of(const std::exception& exception);

}  // namespace tapalcatl::cli
