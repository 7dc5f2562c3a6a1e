#pragma once

#include <boost/system/result.hpp>
#include <fmt/format.h>

#include <iosfwd>
#include <string>
#include <string_view>

namespace tapalcatl {

/// How a caller should react to a failure. HTTP status and exit code are derived from it, in one place each.
enum class Errc {
    usage,        ///< the command line or the configuration is wrong
    bad_request,  ///< the request is wrong, and will be wrong again
    not_found,    ///< there is no such object (archive, file, route)
    no_tile,      ///< the archive is there and has no such tile
    corrupt,      ///< bytes that are not what their format says
    unsupported,  ///< well-formed, but of a kind that is not read here
    too_large,    ///< over a configured ceiling
    denied,       ///< the storage refuses us: credentials, permissions, no such bucket
    unavailable,  ///< the storage fails or throttles; may work later
    timeout,      ///< no answer before the deadline
    overloaded,   ///< more work than the limits allow; nothing was tried
    replaced,     ///< the object changed while it was read
    io,           ///< a local file or socket failed
};

std::string_view name_of(Errc code);

/// What failed, for people, and how to react, for code. One line, no newline at the end.
struct Error {
    Errc code = Errc::io;
    std::string message;

    /// The same failure, told with where it happened: "14/2/1: no such tile".
    Error within(std::string_view where) const;

    friend bool operator==(const Error&, const Error&) = default;
};

std::ostream& operator<<(std::ostream& out, const Error& error);

/// A value, or the reason why there is none. Test with `if (!x)`, read with `*x` and `x->`, `x.error()` is the Error.
template <class T>
using Result = boost::system::result<T, Error>;

/// An Error whose message is made from a format string: `return fail(Errc::corrupt, "{} bytes left", n);`
template <class... Args>
Error fail(Errc code, fmt::format_string<Args...> format, Args&&... args) {
    return Error{code, fmt::format(format, std::forward<Args>(args)...)};
}

/// What `value()` of a failed Result throws; the code base reads with `*` after a test instead.
[[noreturn]] void throw_exception_from_error(const Error& error, const boost::source_location& where);

}  // namespace tapalcatl
