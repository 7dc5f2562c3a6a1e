#include "cli/output.hpp"

#include <boost/json/serialize.hpp>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <system_error>

#include <poll.h>
#include <unistd.h>

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

namespace {

void tell(const std::string& line) {
    std::fwrite(line.data(), 1, line.size(), stderr);
}

}  // namespace

int report(const Error& error) {
    tell(fmt::format("tapalcatl: {}\n", error.message));
    return exit_code(error.code);
}

void warn(std::string_view message) {
    tell(fmt::format("tapalcatl: warning: {}\n", message));
}

void report_usage(const std::string& help) {
    tell(help);
}

namespace {

constexpr std::size_t buffer_size = 64 * 1024;

bool is_text(std::string_view content) {
    return std::all_of(content.begin(), content.end(), [](char c) {
        const auto byte = static_cast<unsigned char>(c);
        return byte == '\n' || byte == '\r' || byte == '\t' || (byte >= ' ' && byte != 0x7f);
    });
}

}  // namespace

bool Output::is_terminal() const {
    return ::isatty(fd_) == 1;
}

void Output::write(std::string_view text) {
    if (buffer_.size() + text.size() < buffer_size) {
        buffer_ += text;
        return;
    }
    write_out(buffer_);
    buffer_.clear();
    write_out(text);
}

Result<void> Output::flush() {
    write_out(buffer_);
    buffer_.clear();
    if (error_ != 0) {
        return fail(Errc::io, "standard output: {}", std::system_category().message(error_));
    }
    return {};
}

bool Output::reader_left() const {
    return error_ == EPIPE;
}

void Output::write_out(std::string_view text) {
    while (!text.empty() && error_ == 0) {
        const auto written = ::write(fd_, text.data(), text.size());
        if (written >= 0) {
            text.remove_prefix(static_cast<std::size_t>(written));
        } else if (errno == EAGAIN) {
            // Whoever shares the pipe with us may have made it non-blocking.
            pollfd ready{fd_, POLLOUT, 0};
            ::poll(&ready, 1, -1);
        } else if (errno != EINTR) {
            error_ = errno;
        }
    }
}

Result<void> write_content(Output& out, Bytes content) {
    if (out.is_terminal() && !is_text(as_text(content))) {
        return fail(Errc::usage, "standard output is a terminal and this is binary: redirect it, as in '> tile.mvt'");
    }
    out.write(content);
    return {};
}

std::string json_text(const boost::json::object& value) {
    return boost::json::serialize(value);
}

}  // namespace tapalcatl::cli
