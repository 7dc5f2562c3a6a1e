#include "cli/version.hpp"

namespace tapalcatl::cli {

std::string_view version() {
    return TAPALCATL_VERSION;
}

}  // namespace tapalcatl::cli
