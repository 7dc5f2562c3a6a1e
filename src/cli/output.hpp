#pragma once

#include "base/bytes.hpp"
#include "base/error.hpp"

#include <boost/json/object.hpp>
#include <fmt/format.h>

#include <string>
#include <string_view>

namespace tapalcatl::cli {

/// The exit code of the process.
enum ExitCode : int {
    exit_ok = 0,
    exit_failure = 1,    ///< I/O or upstream failure
    exit_usage = 2,      ///< the command line or the configuration is wrong
    exit_not_found = 3,  ///< no such archive, entry or tile
    exit_corrupt = 4,    ///< corrupt or unsupported
};

/// The exit code for a failure. No other code translates them.
ExitCode exit_code(Errc code);

/// Writes a failure to standard error, on one line. Returns the exit code of the process.
/// A message that cannot be written is dropped.
int report(const Error& error);

/// Writes a warning to standard error, on one line.
void warn(std::string_view message);

/// Writes help to standard error.
void report_usage(const std::string& help);

/// Standard output, or another descriptor, with a buffer. Failures are remembered until flush() reports them, so that a
/// full disk does not look like success.
class Output {
 public:
    /// Lifetime: `fd` stays open as long as this, and is not closed by it.
    explicit Output(int fd) : fd_(fd) {}
    Output(const Output&) = delete;
    Output& operator=(const Output&) = delete;

    bool is_terminal() const;

    /// Does nothing after a failed write.
    void write(std::string_view text);
    void write(Bytes bytes) { write(as_text(bytes)); }

    template <class... Args>
    void print(fmt::format_string<Args...> format, Args&&... args) {
        write(fmt::format(format, std::forward<Args>(args)...));
    }

    /// Writes the buffer. Fails: io if this write or an earlier one failed.
    Result<void> flush();

    bool has_failed() const { return error_ != 0; }

    /// Whether it failed because the reader has closed the pipe, as in `| head`. That is not reported.
    bool reader_left() const;

 private:
    void write_out(std::string_view text);

    int fd_;
    int error_ = 0;
    std::string buffer_;
};

/// Writes the content of an entry or tile, completely or not at all.
///
/// Fails: usage if `out` is a terminal and the content binary: escape sequences in it could reprogram the terminal.
Result<void> write_content(Output& out, Bytes content);

/// `value` on one line, without a line break at its end.
std::string json_text(const boost::json::object& value);

}  // namespace tapalcatl::cli
