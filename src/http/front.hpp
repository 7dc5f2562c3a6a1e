#pragma once

#include "base/awaitable.hpp"
#include "base/clock.hpp"
#include "http/access_log.hpp"
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

/// What a client may take of us.
struct Limits {
    std::size_t header_size = 8 * 1024;                ///< bytes of a request's head; 431 beyond
    std::chrono::milliseconds header_timeout{10'000};  ///< from a head's first byte to its last
    std::chrono::milliseconds idle_timeout{75'000};    ///< between requests
    std::chrono::milliseconds write_timeout{30'000};   ///< without a byte taken
    std::size_t connections = 10'000;                  ///< beyond: one response, 503 except to probes, and closed
    std::size_t pending_bytes = 256'000'000;           ///< of responses that clients have not taken; 503 beyond
};

/// What all fronts count together.
struct Load {
    std::atomic<std::size_t> connections{0};
    std::atomic<std::size_t> pending_bytes{0};
};

/// One front thread: an event loop and the connections dealt to it. Only `context()` may be used from other threads.
class Front {
 public:
    /// A draining server leaves idle connections open this long: a client that has just got an answer may be sending
    /// its next request, which would be lost if the connection were closed under it.
    static constexpr std::chrono::milliseconds idle_grace{1000};

    Front(service::Handler& handler, const Limits& limits, Load& load, AccessLog::Form log_form,
          AccessLogWriter* log_writer);
    Front(const Front&) = delete;
    Front& operator=(const Front&) = delete;
    /// Sessions that are left are cut off; who waited for the end of a drain hears no more of it.
    ~Front() { drained_ = nullptr; }

    boost::asio::io_context& context() { return context_; }

    /// Serves a connection until either side ends it. `over_limit`: there are too many connections, so it gets one
    /// response, which is 503 except to probes, and is closed.
    void serve(boost::asio::ip::tcp::socket socket, bool over_limit);

    /// Closes the oldest of the connections over the limit that this front serves, if there is one.
    void close_oldest_over_limit();

    /// Cuts off clients until the pending bytes are under the limit, those that take the fewest bytes a second first.
    /// A client that has been sent to for less than `min_sending_time` is left alone.
    void cut_off_slowest(std::chrono::milliseconds min_sending_time);

    /// Finishes what runs, answers what clients have sent already, then calls `done` once, on this thread.
    void drain(std::function<void()> done);

    /// Serves until the context is stopped.
    void run();

 private:
    friend class Session;

    /// What the front knows of each of its connections, in a ring list: joined by its session for as long as that
    /// lives.
    struct ConnectionLink {
        ConnectionLink* previous = this;
        ConnectionLink* next = this;
        boost::asio::ip::tcp::socket* socket = nullptr;
        SteadyTime deadline = SteadyTime::max();  ///< then what it waits for is cancelled
        bool is_idle = false;                     ///< no byte of a request has come since the last response
        bool over_limit = false;                  ///< to be closed after one response
        std::size_t pending_bytes = 0;            ///< of the response, not taken by the client yet
        std::size_t taken_bytes =
            0;  ///< of the response since `sending_since`, without what the system's buffer took at once
        SteadyTime sending_since{};
    };

    void add(ConnectionLink& link);
    void remove(ConnectionLink& link);
    /// What `link` has pending, here and in the load that all fronts share.
    void set_pending(ConnectionLink& link, std::size_t bytes);
    void start_ticker();
    void cancel_expired();
    void end_drain_if_empty();

    service::Handler& handler_;
    const Limits& limits_;
    Load& load_;
    AccessLog log_;
    DateText date_;
    ConnectionLink connections_;
    bool draining_ = false;
    std::function<void()> drained_;
    // Last, so that sessions that are cut off leave the ring while it is still there.
    boost::asio::io_context context_{1};
    boost::asio::steady_timer ticker_;
};

}  // namespace tapalcatl::http
