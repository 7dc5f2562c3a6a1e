#pragma once

#include "base/error.hpp"
#include "http/access_log.hpp"
#include "http/front.hpp"
#include "service/handler.hpp"

#include <chrono>
#include <cstdint>
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
        std::uint16_t port = 8080;  ///< 0: any that is free
        unsigned threads = 1;
        Limits limits;
        AccessLog::Form access_log = AccessLog::Form::off;
        int access_log_fd = 1;
        std::chrono::milliseconds drain_delay{0};         ///< /ready says no for so long before the socket is closed
        std::chrono::milliseconds drain_timeout{30'000};  ///< what has not finished by then is cut off
    };

    /// Lifetime: `handler` outlives this.
    Server(service::Handler& handler, Options options);
    ~Server();

    /// Binds and listens. Fails: io, with the address and what is wrong with it.
    Result<void> listen();

    /// Where it listens. Requires: listen() succeeded.
    std::uint16_t port() const;

    /// Serves until drained. SIGTERM, SIGINT and, where it is not ignored, SIGHUP start to drain; a second
    /// SIGTERM or SIGINT ends it at once.
    /// Requires: listen() succeeded; called once.
    void run();

    /// Stops accepting and returns from run() when all that was accepted is answered. Any thread.
    void drain();

 private:
    class Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace tapalcatl::http
