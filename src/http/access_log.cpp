#include "http/access_log.hpp"

#include "base/descriptor.hpp"
#include "base/log.hpp"
#include "base/text.hpp"

#include <climits>
#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <condition_variable>
#include <deque>
#include <iterator>
#include <mutex>
#include <utility>

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

namespace tapalcatl::http {
namespace {

/// Longer paths are cut in the log.
constexpr std::size_t max_path_size = 1024;

/// An event loop hands its lines to the writer at this size at the latest.
constexpr std::size_t max_buffered_bytes = 32 * 1024;

/// How often a writer that waits for its reader looks whether it has something to report.
constexpr std::chrono::milliseconds poll_interval{250};
constexpr std::chrono::seconds report_interval{10};

/// At the end, a reader that still reads gets the rest within this time.
constexpr std::chrono::milliseconds stop_timeout{1000};

std::size_t count_lines(std::string_view lines) {
    return static_cast<std::size_t>(std::count(lines.begin(), lines.end(), '\n'));
}

std::size_t count_queued(const std::deque<std::string>& queue) {
    std::size_t count = 0;
    for (const auto& lines : queue) {
        count += count_lines(lines);
    }
    return count;
}

/// The first lines, as many as a pipe takes in one piece: poll() says that it has room for PIPE_BUF bytes, and other
/// writers of the pipe cannot come in between (pipe(7)).
std::string_view first_lines(std::string_view lines) {
    const auto piece = lines.substr(0, PIPE_BUF);
    const auto end = piece.size() == lines.size() ? std::string_view::npos : piece.rfind('\n');
    return end == std::string_view::npos ? piece : piece.substr(0, end + 1);
}

/// Appends `text` as the content of a JSON string. Bytes that are not printable ASCII come from a client and need not
/// be UTF-8: they are escaped one by one, as printable() does.
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
    const auto path = record.path.substr(0, max_path_size);
    const auto when = rfc3339(record.time);
    if (form_ == Form::plain) {
        fmt::format_to(out, "{} {} {} {} {} {} {:.3f}ms {} {}\n", when, record.peer, printable(record.method),
                       printable(path), record.status, record.bytes, milliseconds, name_of(record.cache),
                       record.archive_key.empty() ? "-" : record.archive_key);
    } else {
        fmt::format_to(out, R"({{"time":"{}","client":"{}","method":")", when, record.peer);
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
    if (!lines_.empty() && writer_ != nullptr) {
        writer_->add(std::exchange(lines_, {}));
    }
}

struct AccessLogWriter::State {
    State(int descriptor, std::size_t limit) : file(::fcntl(descriptor, F_DUPFD_CLOEXEC, 0)), max_queued_bytes(limit) {}

    /// A copy of the descriptor: a thread that is blocked in write() may outlive the writer, and must not write into
    /// what the caller opens later under the same number.
    Descriptor file;
    std::size_t max_queued_bytes;
    std::mutex mutex;
    std::condition_variable changed;
    std::deque<std::string> queue;
    std::size_t queued_bytes = 0;  ///< with those that are being written
    bool stopping = false;         ///< what is not written by now is dropped
    bool finished = false;         ///< the thread does not use the descriptor any more
    std::uint64_t dropped = 0;
    std::uint64_t reported = 0;  ///< of the dropped lines, those that a warning has told
    SteadyTime reported_at{};

    /// The dropped lines that no warning has told yet, from time to time and at the end. Requires: `mutex` is held.
    std::uint64_t take_unreported(bool at_once) {
        const auto now = std::chrono::steady_clock::now();
        if (dropped == reported || (!at_once && (stopping || now - reported_at < report_interval))) {
            return 0;
        }
        reported_at = now;
        return dropped - std::exchange(reported, dropped);
    }

    void report_dropped(bool at_once = false) {
        std::uint64_t count = 0;
        {
            const std::lock_guard lock(mutex);
            count = take_unreported(at_once);
        }
        if (count > 0) {
            log::warning("{} lines of the access log were dropped: its reader is too slow, or it cannot be written",
                         count);
        }
    }

    bool is_stopping() {
        const std::lock_guard lock(mutex);
        return stopping;
    }

    /// Writes all of `lines`. Returns how many lines could not be written.
    std::size_t write_all(std::string_view lines) {
        while (!lines.empty() && !is_stopping()) {
            pollfd writable{file.get(), POLLOUT, 0};
            const auto ready = file.is_open() ? ::poll(&writable, 1, static_cast<int>(poll_interval.count())) : -1;
            if (ready == 0 || (ready < 0 && file.is_open() && errno == EINTR)) {
                report_dropped();
                continue;
            }
            const auto piece = first_lines(lines);
            const auto written = ready < 0 ? -1 : ::write(file.get(), piece.data(), piece.size());
            if (written < 0 && ready > 0 && (errno == EINTR || errno == EAGAIN)) {
                continue;
            }
            if (written <= 0) {
                break;
            }
            lines.remove_prefix(static_cast<std::size_t>(written));
        }
        return count_lines(lines);
    }
};

AccessLogWriter::AccessLogWriter(int fd, std::size_t max_queued_bytes)
    : state_(std::make_shared<State>(fd, max_queued_bytes)), thread_([state = state_] { run(state); }) {}

AccessLogWriter::~AccessLogWriter() {
    flush(stop_timeout);
    bool finished = false;
    {
        std::unique_lock lock(state_->mutex);
        state_->stopping = true;
        state_->changed.notify_all();
        finished = state_->changed.wait_for(lock, stop_timeout, [&] { return state_->finished; });
    }
    if (finished) {
        thread_.join();
    } else {
        thread_.detach();  // blocked in write(): it shares the state, and ends when that returns
    }
    state_->report_dropped(true);
}

void AccessLogWriter::add(std::string lines) {
    {
        const std::lock_guard lock(state_->mutex);
        if (state_->queued_bytes > 0 && state_->queued_bytes + lines.size() > state_->max_queued_bytes) {
            state_->dropped += count_lines(lines);
            return;
        }
        state_->queued_bytes += lines.size();
        state_->queue.push_back(std::move(lines));
    }
    state_->changed.notify_all();
}

bool AccessLogWriter::flush(std::chrono::milliseconds timeout) {
    std::unique_lock lock(state_->mutex);
    return state_->changed.wait_for(lock, timeout, [&] { return state_->queued_bytes == 0; });
}

std::uint64_t AccessLogWriter::dropped() const {
    const std::lock_guard lock(state_->mutex);
    return state_->dropped;
}

void AccessLogWriter::run(const std::shared_ptr<State>& state) {
    for (;;) {
        std::string lines;
        {
            std::unique_lock lock(state->mutex);
            state->changed.wait(lock, [&] { return state->stopping || !state->queue.empty(); });
            if (state->stopping) {
                state->dropped += count_queued(state->queue);
                state->finished = true;
                state->changed.notify_all();
                return;
            }
            lines = std::move(state->queue.front());
            state->queue.pop_front();
        }
        const auto unwritten = state->write_all(lines);
        {
            const std::lock_guard lock(state->mutex);
            state->queued_bytes -= lines.size();
            state->dropped += unwritten;
        }
        state->changed.notify_all();
        state->report_dropped();
    }
}

}  // namespace tapalcatl::http
