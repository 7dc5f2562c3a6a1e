#include "cli/exit_code.hpp"

namespace tapalcatl::cli {

ExitCode exit_code(Errc code) {
    switch (code) {
        case Errc::usage:
        case Errc::bad_request:
            return exit_usage;
        case Errc::not_found:
        case Errc::no_tile:
            return exit_not_found;
        case Errc::corrupt:
        case Errc::unsupported:
        case Errc::too_large:
            return exit_corrupt;
        case Errc::denied:
        case Errc::unavailable:
        case Errc::timeout:
        case Errc::overloaded:
        case Errc::replaced:
        case Errc::io:
            break;
    }
    return exit_failure;
}

}  // namespace tapalcatl::cli
