#pragma once

#include "base/clock.hpp"
#include "base/error.hpp"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace tapalcatl {

/// Splits a command line into words as botocore does for credential_process, which is Python's shlex.split: words are
/// separated by blanks, quotes and backslashes protect blanks, and nothing else is special: no variables, no pipes, no
/// comments. Fails: usage for an unclosed quote, a backslash at the end, or a NUL. The message does not show the line.
Result<std::vector<std::string>> shell_words(std::string_view line);

/// The limits of a program that is run.
struct ProgramLimits {
    std::size_t output = 64 * 1024;  ///< bytes
    SteadyTime deadline;             ///< of std::chrono::steady_clock
    int stop_fd = -1;                ///< the program is killed when this becomes readable; below 0: never
};

/// Runs a program, which is searched for in PATH, and returns its standard output.
///
/// The program inherits the environment, but no descriptors. It has a session of its own and an empty standard input.
/// Its standard error is discarded, because it may contain secrets. A program that exceeds a limit is killed together
/// with its process group. The call blocks: use a thread for it.
///
/// Fails: usage (it cannot be run, or `arguments` is empty), denied (it ended with a status other than 0, or by a
/// signal), too_large, timeout, unavailable (stopped by stop_fd, or no descriptors or processes are left). No message
/// contains arguments or output.
Result<std::string> run_program(const std::vector<std::string>& arguments, ProgramLimits limits);

}  // namespace tapalcatl
