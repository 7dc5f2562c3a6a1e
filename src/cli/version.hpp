#pragma once

#include <string_view>

namespace tapalcatl::cli {

/// The project's version, such as "0.1.0".
std::string_view version();

}  // namespace tapalcatl::cli
