#pragma once

#include "base/error.hpp"

namespace tapalcatl::cli {

/// What the process tells its caller.
enum ExitCode : int {
    exit_fine = 0,
    exit_failure = 1,    ///< I/O or upstream failure
    exit_usage = 2,      ///< the command line or the configuration is wrong
    exit_not_found = 3,  ///< no such archive, entry or tile
    exit_corrupt = 4,    ///< corrupt, or of a kind that is not read here
};

/// The one place where a failure becomes an exit code.
ExitCode exit_code(Errc code);

}  // namespace tapalcatl::cli
