#include "base/error.hpp"

#include <ostream>
#include <stdexcept>

namespace tapalcatl {

std::string_view name_of(Errc code) {
    switch (code) {
        case Errc::usage:
            return "usage";
        case Errc::bad_request:
            return "bad_request";
        case Errc::not_found:
            return "not_found";
        case Errc::no_tile:
            return "no_tile";
        case Errc::corrupt:
            return "corrupt";
        case Errc::unsupported:
            return "unsupported";
        case Errc::too_large:
            return "too_large";
        case Errc::denied:
            return "denied";
        case Errc::unavailable:
            return "unavailable";
        case Errc::timeout:
            return "timeout";
        case Errc::overloaded:
            return "overloaded";
        case Errc::replaced:
            return "replaced";
        case Errc::io:
            return "io";
    }
    return "unknown";
}

Error Error::within(std::string_view where) const {
    return Error{code, fmt::format("{}: {}", where, message)};
}

std::ostream& operator<<(std::ostream& out, const Error& error) {
    return out << name_of(error.code) << ": " << error.message;
}

void throw_exception_from_error(const Error& error, const boost::source_location& /*where*/) {
    throw std::runtime_error(error.message);
}

}  // namespace tapalcatl
