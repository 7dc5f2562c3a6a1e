#pragma once

#include "base/awaitable.hpp"
#include "base/clock.hpp"
#include "base/descriptor.hpp"
#include "base/page_arena.hpp"
#include "http/access_log.hpp"
#include "http/known_fields.hpp"
#include "http/response_cache.hpp"
#include "http/response_head.hpp"
#include "service/handler.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <string>

namespace tapalcatl::http {

/// Limits on what clients may use.
struct Limits {
    std::size_t header_size = 8 * 1024;                ///< bytes of a request's head; 431 beyond
    std::chrono::milliseconds header_timeout{10'000};  ///< from a head's first byte to its last
    std::chrono::milliseconds idle_timeout{75'000};    ///< between requests
    std::chrono::milliseconds write_timeout{30'000};   ///< without a byte taken
    std::size_t connections = 10'000;                  ///< beyond: one response, 503 except to probes, and closed
    std::size_t pending_bytes = 256'000'000;           ///< of responses that clients have not taken; 503 beyond
};

/// Counters that all fronts share.
struct Load {
    std::atomic<std::size_t> connections{0};
    std::atomic<std::size_t> pending_bytes{0};
};

/// One front thread: an event loop and the connections assigned to it. Only `context()` may be used on other threads.
class Front {
 public:
    /// A draining server keeps idle connections open for this time: a client that has just got a response may be
    /// sending its next request, which would be lost if the connection were closed.
    static constexpr std::chrono::milliseconds idle_grace{1000};

    /// Bodies that lie in `arena` are sent without a copy; it may be null. Requires for that: SIGPIPE is ignored, as
    /// sendfile(2) has no flag against it. Lifetime: what is given here outlives this.
    Front(service::Handler& handler, const Limits& limits, Load& load, AccessLog::Form log_form,
          AccessLogWriter* log_writer, const PageArena* arena = nullptr);
    Front(const Front&) = delete;
    Front& operator=(const Front&) = delete;
    /// Cuts off the remaining sessions. The callback of drain() is not called any more.
    ~Front() { drained_ = nullptr; }

    boost::asio::io_context& context() { return context_; }

    /// Serves a connection with `peer` until either side ends it. `over_limit`: there are too many connections, so it
    /// gets one response, which is 503 except to probes, and is closed. Requires: `socket` does not block.
    void serve(Descriptor socket, bool over_limit, const boost::asio::ip::tcp::endpoint& peer);

    /// Closes the oldest of the connections over the limit that this front serves, if there is one.
    void close_oldest_over_limit();

    /// Cuts off clients until the pending bytes are under the limit, those that take the fewest bytes a second first.
    /// A client that has been sent to for less than `min_sending_time` is left alone.
    void cut_off_slowest(std::chrono::milliseconds min_sending_time);

    /// Forgets the responses that are sent again, as the handler answers differently from now on. Those that are being
    /// sent are not remembered either.
    void forget_responses();

    /// Finishes the requests that run, answers those that clients have sent already, then calls `done` once, on this
    /// thread.
    void drain(std::function<void()> done);

    /// Serves until the context is stopped.
    void run();

 private:
    friend class Session;

    /// The front's data about one of its connections, an element of a circular list. The session adds and removes it.
    struct ConnectionLink {
        ConnectionLink* previous = this;
        ConnectionLink* next = this;
        boost::asio::ip::tcp::socket* socket = nullptr;  ///< null: no operation has been waited for
        SteadyTime deadline = SteadyTime::max();         ///< the pending operation is cancelled then
        bool is_idle = false;                            ///< no byte of a request has come since the last response
        bool over_limit = false;                         ///< to be closed after one response
        std::size_t pending_bytes = 0;                   ///< of the response, not taken by the client yet
        std::size_t taken_bytes =
            0;  ///< of the response since `sending_since`, without what the system's buffer took at once
        SteadyTime sending_since{};
    };

    void add(ConnectionLink& link);
    void remove(ConnectionLink& link);
    /// What `link` has pending, here and in the load that all fronts share.
    void set_pending(ConnectionLink& link, std::size_t bytes);
    static void cancel(const ConnectionLink& link);
    void start_ticker();
    void cancel_expired();
    void end_drain_if_empty();

    service::Handler& handler_;
    const Limits& limits_;
    Load& load_;
    const PageArena* arena_;
    AccessLog log_;
    DateText date_;
    ResponseCache responses_;
    unsigned times_forgotten_ = 0;  ///< see forget_responses()
    KnownFieldsTable known_fields_;
    ConnectionLink connections_;
    bool draining_ = false;
    std::function<void()> drained_;
    // Last, so that sessions that are cut off remove themselves from a list that still exists.
    boost::asio::io_context context_{1};
    boost::asio::steady_timer ticker_;
};

}  // namespace tapalcatl::http
