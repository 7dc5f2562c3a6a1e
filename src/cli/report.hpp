#pragma once

#include "base/error.hpp"

#include <string_view>

/// What people are told beside the output, on standard error, one line each. If nobody can hear it, it is lost.
namespace tapalcatl::cli {

/// Tells a failure. Returns how the process should exit.
int report(const Error& error);

void warn(std::string_view message);

}  // namespace tapalcatl::cli
