#include "http/access_log.hpp"

#include "base/text.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <cerrno>
#include <iterator>

#include <unistd.h>

namespace tapalcatl::http {
namespace {

/// Longer targets are cut in the log.
constexpr std::size_t max_path_size = 1024;

/// Lines are written at this size at the latest.
constexpr std::size_t max_buffered_bytes = 32 * 1024;

std::string_view name_of(web::CacheState cache) {
    switch (cache) {
        case web::CacheState::hit:
            return "hit";
        case web::CacheState::miss:
            return "miss";
        case web::CacheState::stale:
            return "stale";
        case web::CacheState::none:
            break;
    }
    return "-";
}

/// Appends `text` as the inside of a JSON string. What is no ASCII comes from a client and may be no UTF-8: it is
/// escaped byte by byte, as printable() does.
void append_json(std::string& out, std::string_view text) {
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (c == '"' || c == '\\') {
            out += '\\';
            out += c;
        } else if (byte < 0x20 || byte > 0x7e) {
            fmt::format_to(std::back_inserter(out), "\\\\x{:02x}", byte);
        } else {
            out += c;
        }
    }
}

}  // namespace

void AccessLog::add(const AccessRecord& record) {
    if (form_ == Form::off) {
        return;
    }
    const auto out = std::back_inserter(lines_);
    const auto milliseconds = static_cast<double>(record.took.count()) / 1000;
    const auto seconds = std::chrono::floor<std::chrono::seconds>(record.time);
    const auto fraction = std::chrono::floor<std::chrono::milliseconds>(record.time - seconds).count();
    const auto path = record.path.substr(0, max_path_size);
    const auto when = fmt::gmtime(std::chrono::system_clock::to_time_t(seconds));
    if (form_ == Form::plain) {
        fmt::format_to(out, "{:%Y-%m-%dT%H:%M:%S}.{:03}Z {} {} {} {} {} {:.3f}ms {} {}\n", when, fraction, record.peer,
                       printable(record.method), printable(path), record.status, record.bytes, milliseconds,
                       name_of(record.cache), record.archive_key.empty() ? "-" : record.archive_key);
    } else {
        fmt::format_to(out, R"({{"time":"{:%Y-%m-%dT%H:%M:%S}.{:03}Z","client":"{}","method":")", when, fraction,
                       record.peer);
        append_json(lines_, record.method);
        lines_ += R"(","path":")";
        append_json(lines_, path);
        fmt::format_to(out, R"(","status":{},"bytes":{},"ms":{:.3f},"cache":"{}","key":")", record.status, record.bytes,
                       milliseconds, name_of(record.cache));
        append_json(lines_, record.archive_key);
        lines_ += "\"}\n";
    }
    if (lines_.size() >= max_buffered_bytes) {
        flush();
    }
}

void AccessLog::flush() {
    std::string_view rest = lines_;
    while (!rest.empty()) {
        const auto written = ::write(fd_, rest.data(), rest.size());
        if (written < 0 && errno == EINTR) {
            continue;
        }
        if (written <= 0) {
            break;
        }
        rest.remove_prefix(static_cast<std::size_t>(written));
    }
    lines_.clear();
}

}  // namespace tapalcatl::http
