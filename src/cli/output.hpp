#pragma once

#include "base/bytes.hpp"
#include "base/error.hpp"

#include <boost/json/object.hpp>
#include <fmt/format.h>

#include <string>
#include <string_view>

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

/// Writes a failure to standard error, on one line. Returns the exit code of the process.
/// A message that cannot be written is dropped.
int report(const Error& error);

/// Writes a warning to standard error, on one line.
void warn(std::string_view message);

/// Standard output, or another descriptor, with a buffer. Failures are kept until somebody asks: a full disk must not
/// pass for success.
class Output {
 public:
    /// Lifetime: `fd` stays open as long as this, and is not closed by it.
    explicit Output(int fd) : fd_(fd) {}
    Output(const Output&) = delete;
    Output& operator=(const Output&) = delete;

    bool is_terminal() const;

    /// Does nothing once a write has failed.
    void write(std::string_view text);
    void write(Bytes bytes) { write(as_text(bytes)); }

    template <class... Args>
    void print(fmt::format_string<Args...> format, Args&&... args) {
        write(fmt::format(format, std::forward<Args>(args)...));
    }

    /// Writes what is buffered. Fails: io if that, or any write before, failed.
    Result<void> flush();

    bool has_failed() const { return error_ != 0; }

    /// Whether it failed because nobody reads it any more, as with `| head`: no reason to complain.
    bool reader_left() const;

 private:
    void write_out(std::string_view text);

    int fd_;
    int error_ = 0;
    std::string buffer_;
};

/// Writes the content of an entry or tile, whole or not at all.
///
/// Fails: usage if `out` is a terminal and the content binary: escape sequences out of foreign bytes can reprogram it.
Result<void> write_content(Output& out, Bytes content);

/// `text` with every byte that is not part of UTF-8 replaced by U+FFFD: names in archives are any bytes, strings in
/// JSON are not.
std::string utf8(std::string_view text);

/// `value` on one line, without a line break at its end.
std::string json_text(const boost::json::object& value);

}  // namespace tapalcatl::cli
