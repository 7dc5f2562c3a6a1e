#pragma once

#include "base/awaitable.hpp"
#include "base/clock.hpp"
#include "base/wait_queue.hpp"
#include "net/connection.hpp"
#include "net/counters.hpp"

#include <boost/asio/steady_timer.hpp>

#include <chrono>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace tapalcatl::net {

/// The connections to each origin (scheme, host, port): so many at most, kept for a while for the next request.
///
/// The one that was used last is used next, so that the others may end. Idle ones are closed once either clock says
/// that they are too old: the steady clock stands still while a machine sleeps, and the servers' clocks don't.
/// Used on one executor.
class Pool : public std::enable_shared_from_this<Pool> {
 public:
    struct Options {
        std::size_t per_origin = 64;
        std::chrono::milliseconds idle_timeout{5000};
    };

    /// The right to one connection. Whoever drops it, by an error or as a coroutine that is destroyed, drops the
    /// connection too and lets the next one in.
    class Lease {
     public:
        Lease(std::shared_ptr<Pool> pool, std::string origin, std::unique_ptr<Connection> idle)
            : connection(std::move(idle)), pool_(std::move(pool)), origin_(std::move(origin)) {}
        Lease(Lease&&) noexcept = default;
        Lease& operator=(Lease&& other) noexcept;
        ~Lease();

        /// Hands the connection back for others. Requires: it is in order; called last.
        void keep();

        std::unique_ptr<Connection> connection;  ///< null: to be made

     private:
        std::shared_ptr<Pool> pool_;
        std::string origin_;
    };

    Pool(boost::asio::any_io_executor executor, const Clock& clock, std::shared_ptr<Counters> counters,
         Options options);

    /// A connection to `origin`, or the right to make one; nullopt if there is none by `deadline`. Who came first is
    /// served first. `fresh`: not one that was used.
    static Awaitable<std::optional<Lease>> take(std::shared_ptr<Pool> pool, std::string origin, bool fresh,
                                                SteadyTime deadline);

    /// Closes the connections that nobody uses.
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

        std::vector<Idle> idle;  ///< the oldest first
        std::size_t open = 0;    ///< idle ones included
        WaitQueue<Lease, Wish> waiters;
    };

    std::optional<Lease> take_at_once(const std::string& name, bool fresh);
    void release(const std::string& name, std::unique_ptr<Connection> connection);
    bool is_too_old(const Idle& idle) const;
    void drop_oldest(Origin& origin, std::size_t number);
    void watch();
    void close_old();

    boost::asio::any_io_executor executor_;
    const Clock& clock_;
    std::shared_ptr<Counters> counters_;  ///< a lease may outlive the client
    Options options_;
    std::map<std::string, Origin> origins_;
    boost::asio::steady_timer timer_;
    bool is_watching_ = false;
};

}  // namespace tapalcatl::net
