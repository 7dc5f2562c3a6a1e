#pragma once

#include "base/clock.hpp"
#include "web/message.hpp"

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <thread>

namespace tapalcatl::http {

/// What the access log says about a request.
struct AccessRecord {
    WallTime time;
    std::string_view peer;
    std::string_view method;
    std::string_view path;  ///< without the query, which may have API keys
    unsigned status = 0;
    std::uint64_t bytes = 0;  ///< of the body that was sent
    std::chrono::microseconds took{0};
    web::CacheState cache = web::CacheState::none;
    std::string_view archive_key;  ///< empty where no archive was read
};

/// Writes the access log on a thread of its own, so that a reader that stops does not stop the server. Safe from any
/// thread.
///
/// There is one writer for each file descriptor, and it writes whole lines. If the reader is too slow, lines beyond the
/// limit of the queue are dropped and counted, and a warning tells the count.
class AccessLogWriter {
 public:
    /// What waits to be written at most: half a minute of a busy server.
    static constexpr std::size_t default_max_queued_bytes = 8 * 1024 * 1024;

    /// Writes to a copy of `fd`, which the caller may close at any time. Below 0: all lines are dropped.
    explicit AccessLogWriter(int fd, std::size_t max_queued_bytes = default_max_queued_bytes);
    AccessLogWriter(const AccessLogWriter&) = delete;
    AccessLogWriter& operator=(const AccessLogWriter&) = delete;

    /// Waits up to a second for the queue to be written, and drops the rest. The thread is left behind if it is still
    /// blocked in write() another second later.
    ~AccessLogWriter();

    /// Queues `lines`, each of which ends with a line feed, or drops them. Never waits for the reader.
    void add(std::string lines);

    /// Whether everything that was queued is written before `timeout` is over.
    bool flush(std::chrono::milliseconds timeout);

    /// How many lines were dropped so far: the reader was too slow, or the descriptor cannot be written to.
    std::uint64_t dropped() const;

 private:
    struct State;
    static void run(const std::shared_ptr<State>& state);

    std::shared_ptr<State> state_;
    std::thread thread_;
};

/// Formats the lines of the access log for one event loop, and gathers them for the writer.
class AccessLog {
 public:
    enum class Form { off, plain, json };

    /// Requires: used on one thread; `writer` is not null unless the form is off. Lifetime: `writer` outlives this.
    AccessLog(Form form, AccessLogWriter* writer) : form_(form), writer_(writer) {}
    AccessLog(const AccessLog&) = delete;
    AccessLog& operator=(const AccessLog&) = delete;
    ~AccessLog() { flush(); }

    bool is_on() const { return form_ != Form::off; }

    void add(const AccessRecord& record);

    /// Hands the gathered lines to the writer.
    void flush();

 private:
    Form form_;
    AccessLogWriter* writer_;
    std::string lines_;
};

}  // namespace tapalcatl::http
