#pragma once

#include "base/bytes.hpp"

#include <vector>

namespace tapalcatl::zip {

/// Appends `content`, deflated, to `out`. `level` is libdeflate's, 1 to 12.
void append_deflated(std::vector<std::byte>& out, Bytes content, int level);

}  // namespace tapalcatl::zip
