#pragma once

#include "base/awaitable.hpp"
#include "base/clock.hpp"
#include "base/wait_queue.hpp"
#include "net/connection.hpp"

#include <boost/asio/steady_timer.hpp>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace tapalcatl::net {

/// Counters and gauges of a client. They are written on its executor and may be read on any thread.
struct Counters {
    using Count = std::atomic<std::uint64_t>;

    Count requests{0};
    Count reused{0};          ///< requests sent on a connection that was used before
    Count retried{0};         ///< of these, those sent again because that connection was closed
    Count connects{0};        ///< connections that were established, including TLS
    Count tls_resumed{0};     ///< of these, those that resumed a TLS session
    Count connect_errors{0};  ///< connections that could not be established, for any reason
    Count failures{0};        ///< requests without a response
    Count timeouts{0};        ///< of these, those that timed out
    Count open{0};            ///< now: connections in use, being established, or idle
    Count idle{0};            ///< now: of these, those without a request
    Count waiting{0};         ///< now: requests that wait for a connection
};

inline void count(Counters::Count& counter) {
    counter.fetch_add(1, std::memory_order_relaxed);
}
inline void discount(Counters::Count& counter) {
    counter.fetch_sub(1, std::memory_order_relaxed);
}

/// A pool of connections with a limit for each origin: scheme, host and port, within a group of requests.
///
/// The connection that was used last is reused first, so that the others may reach the idle time-out. It is measured by
/// both clocks: the steady clock stops while the machine is suspended, the servers' clocks do not. The pool is used on
/// one executor.
class Pool : public std::enable_shared_from_this<Pool> {
 public:
    struct Options {
        std::size_t per_origin = 64;  ///< of requests that belong to no group with a limit of its own
        std::chrono::milliseconds idle_timeout{5000};
    };

    /// The right to one connection of an origin. Its destruction closes the connection and passes the right to the
    /// request that waits longest.
    class Lease {
     public:
        Lease(std::shared_ptr<Pool> pool, std::string origin, std::unique_ptr<Connection> idle)
            : connection(std::move(idle)), pool_(std::move(pool)), origin_(std::move(origin)) {}
        Lease(Lease&&) noexcept = default;
        Lease& operator=(Lease&& other) noexcept;
        ~Lease();

        /// Returns the connection to the pool for reuse. Requires: the response was read completely; called last.
        void give_back();

        std::unique_ptr<Connection> connection;  ///< null: the holder has to establish one

     private:
        std::shared_ptr<Pool> pool_;
        std::string origin_;
    };

    Pool(boost::asio::any_io_executor executor, const Clock& clock, std::shared_ptr<Counters> counters,
         Options options);

    /// A lease on a connection to `origin`, of which there are at most `limit`, or nullopt if none was free by
    /// `deadline`. Requests are served first come, first served. `new_connection`: do not reuse one.
    static Awaitable<std::optional<Lease>> acquire(std::shared_ptr<Pool> pool, std::string origin, std::size_t limit,
                                                   bool new_connection, SteadyTime deadline);

    /// Closes idle connections.
    void close_idle();

 private:
    struct Idle {
        std::unique_ptr<Connection> connection;
        SteadyTime since;
        WallTime wall_since;
    };
    struct Wish {
        bool new_connection;
    };
    struct Origin {
        explicit Origin(boost::asio::any_io_executor executor) : waiters(std::move(executor)) {}

        std::vector<Idle> idle;  ///< oldest first
        std::size_t open = 0;    ///< including idle ones
        WaitQueue<Lease, Wish> waiters;
    };

    std::optional<Lease> try_acquire(const std::string& name, std::size_t limit, bool new_connection);
    void release(const std::string& name, std::unique_ptr<Connection> connection);
    bool is_expired(const Idle& idle) const;
    void close_oldest(Origin& origin, std::size_t number);
    void start_timer();
    void close_expired();

    boost::asio::any_io_executor executor_;
    const Clock& clock_;
    std::shared_ptr<Counters> counters_;  ///< shared, because a lease may outlive the client
    Options options_;
    std::map<std::string, Origin> origins_;
    boost::asio::steady_timer timer_;
    bool timer_runs_ = false;
};

}  // namespace tapalcatl::net
