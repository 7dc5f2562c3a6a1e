#pragma once

#include <string>
#include <string_view>

namespace tapalcatl::zip {

/// An entry's name as messages show it: printable, and cut where it is long. Names come from strangers and may have
/// 65535 bytes of anything.
std::string shown(std::string_view name);

}  // namespace tapalcatl::zip
