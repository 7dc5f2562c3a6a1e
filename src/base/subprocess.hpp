#pragma once

#include "base/clock.hpp"
#include "base/error.hpp"

#include <cstddef>
#include <string>
#include <vector>

namespace tapalcatl {

/// What a program may take.
struct ProgramLimits {
    std::size_t output = 64 * 1024;  ///< bytes
    SteadyTime deadline;             ///< of std::chrono::steady_clock
    int stop_fd = -1;                ///< when this becomes readable, the program is ended; below 0: nothing does
};

/// Runs a program, found along PATH, to its end, and answers what it wrote to its standard output.
///
/// It has this process's environment, a session of its own, an empty standard input, and none of this process's
/// descriptors. What it says on standard error goes nowhere: it may be secret, or make a mess of a log. A program over
/// a limit is killed, with all that it started in its session's process group. Blocks: for threads made for it.
///
/// Fails: usage (it cannot be run, or `arguments` is empty), denied (it ended with a status other than 0, or by a
/// signal), too_large, timeout, unavailable (stopped, or no descriptors or processes are left). No message shows
/// arguments or output.
Result<std::string> run_program(const std::vector<std::string>& arguments, ProgramLimits limits);

}  // namespace tapalcatl
