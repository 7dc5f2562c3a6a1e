#pragma once

#include "base/awaitable.hpp"
#include "base/clock.hpp"
#include "base/error.hpp"
#include "http/access_log.hpp"
#include "http/front.hpp"
#include "service/handler.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace tapalcatl::http {

/// Whether a failed accept() would fail again at once, so that a pause is needed: no file descriptors are left in this
/// process (EMFILE) or in the system (ENFILE), or no memory. False for failures of the connection that was accepted.
bool should_pause_accepting(const boost::system::error_code& error);

/// The HTTP/1.1 front end (RFC 9110, RFC 9112).
class Server {
 public:
    struct Options {
        std::string host;           ///< an address or a name; empty: all interfaces, IPv6 and IPv4
        std::uint16_t port = 8080;  ///< 0: any free port
        unsigned threads = 1;
        Limits limits;
        std::shared_ptr<const PageArena> arena;  ///< bodies that lie in it are sent without a copy; may be null
        AccessLog::Form access_log = AccessLog::Form::off;
        int access_log_fd = 1;
        std::chrono::milliseconds drain_delay{0};         ///< /ready is 503 for this time before the socket is closed
        std::chrono::milliseconds drain_timeout{30'000};  ///< connections that are not done by then are cut off
        /// Called when the last connection is done, within the time of drain_timeout: completes what no request waits
        /// for. False: not all of it is complete. May be empty.
        std::function<Awaitable<bool>(SteadyTime deadline)> settle{};
        /// Called for each SIGHUP before a drain, on a thread that also serves connections: it shall return at once.
        /// False: SIGHUP starts a drain. May be empty, for the same. If it is not, SIGHUP is taken even if it was
        /// ignored.
        std::function<bool()> hang_up{};
    };

    /// Lifetime: `handler` outlives this.
    Server(service::Handler& handler, Options options);
    ~Server();

    /// Binds and listens. From here on signals are kept for run(). Fails: io; the message has the address and the
    /// reason.
    Result<void> listen();

    /// The port that it listens on. Requires: listen() succeeded.
    std::uint16_t port() const;

    /// Serves until drained. SIGTERM, SIGINT and (unless it is ignored, see also Options::hang_up) SIGHUP start a
    /// drain; a second SIGTERM or SIGINT ends the server at once. Requires: listen() succeeded; called once.
    void run();

    /// The handler answers differently from now on: responses that are sent again are forgotten. `before` is held until
    /// each thread has ended what it did with the handler when this was called, but for what it awaits. Safe from any
    /// thread.
    void forget_responses(const std::shared_ptr<const void>& before);

    /// Stops accepting; run() returns when all accepted requests are answered. Safe from any thread.
    void drain();

 private:
    class Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace tapalcatl::http
