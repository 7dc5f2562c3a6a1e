#pragma once

#include <boost/system/result.hpp>
#include <fmt/format.h>

#include <iosfwd>
#include <string>
#include <string_view>

namespace tapalcatl {

/// How a caller should react to a failure. HTTP status and exit code are derived from it, in one place each.
enum class Errc {
    usage,        ///< the command line or the configuration is wrong; never caused by a client
    bad_request,  ///< the request is wrong; the same request will fail again
    not_found,    ///< the object (archive, file, route) does not exist
    no_tile,      ///< the archive exists and does not have the tile
    corrupt,      ///< the bytes do not follow their format
    unsupported,  ///< well-formed, but not supported by this program
    too_large,    ///< over a configured limit
    denied,       ///< the storage refuses access: credentials, permissions, no such bucket
    unavailable,  ///< the storage fails or throttles; may work later
    timeout,      ///< no answer before the deadline
    overloaded,   ///< over a limit of this process; nothing was tried
    replaced,     ///< the object changed while it was read
    io,           ///< a local file or socket failed
};

std::string_view name_of(Errc code);

/// A failure: a message for people and a code for programs. The message is one line without a line feed.
struct Error {
    Errc code = Errc::io;
    std::string message;

    /// The same failure with the place where it happened in front: "14/2/1: no such tile".
    Error within(std::string_view where) const;

    friend bool operator==(const Error&, const Error&) = default;
};

std::ostream& operator<<(std::ostream& out, const Error& error);

/// A value or an Error. Test with `if (!x)`, read with `*x` and `x->`; `x.error()` is the Error.
template <class T>
using Result = boost::system::result<T, Error>;

/// An Error whose message is made from a format string: `return fail(Errc::corrupt, "{} bytes left", n);`
template <class... Args>
Error fail(Errc code, fmt::format_string<Args...> format, Args&&... args) {
    return Error{code, fmt::format(format, std::forward<Args>(args)...)};
}

/// Called by `value()` of a failed Result. This code base tests a Result and reads it with `*` instead.
[[noreturn]] void throw_exception_from_error(const Error& error, const boost::source_location& where);

}  // namespace tapalcatl
