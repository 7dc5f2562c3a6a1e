#pragma once

#include "base/awaitable.hpp"
#include "base/clock.hpp"
#include "base/error.hpp"
#include "base/handoff.hpp"
#include "cache/redis_protocol.hpp"
#include "cache/redis_url.hpp"
#include "net/dialer.hpp"
#include "net/local_connection.hpp"
#include "net/proxy.hpp"
#include "net/resolver.hpp"
#include "net/tls.hpp"

#include <boost/asio/any_io_executor.hpp>

#include <array>
#include <chrono>
#include <cstdint>
#include <deque>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace tapalcatl::cache {

/// A command as Redis reads it: its name and its arguments, any bytes.
std::string redis_command(std::initializer_list<std::string_view> words);

/// What connections to one Redis share. Used on one executor. Lifetime: the executor's context and the clock outlive
/// it.
class RedisDialer {
 public:
    RedisDialer(RedisAddress address, Result<std::string> ca_file, std::chrono::milliseconds connect_timeout,
                boost::asio::any_io_executor executor, const Clock& clock);

    const RedisAddress& address() const { return address_; }
    std::chrono::milliseconds connect_timeout() const { return timeouts_.connect; }
    const boost::asio::any_io_executor& executor() const { return executor_; }

    Awaitable<Result<std::unique_ptr<net::Connection>>> open(SteadyTime deadline);

 private:
    RedisAddress address_;
    boost::asio::any_io_executor executor_;
    net::Resolver resolver_;
    net::Proxies no_proxies_;
    net::Timeouts timeouts_;
    net::Dialer dialer_;
};

/// A connection to Redis, logged in. Used by one coroutine at a time.
class RedisConnection {
 public:
    /// `reply_limit`: bytes, see RedisReader.
    explicit RedisConnection(std::uint64_t reply_limit) : reader_(reply_limit) {}

    /// Connects, logs in, chooses the database, and makes sure that it is a Redis that works.
    /// Fails: unavailable, timeout, denied (certificate, log-in), corrupt. No message has the log-in in it.
    Awaitable<Result<void>> open(std::shared_ptr<RedisDialer> dialer, SteadyTime deadline);

    /// What follows is to be done by `time`; after a time-out the connection is good for nothing more.
    void expires_at(SteadyTime time);

    /// Fails: as receive().
    Awaitable<Result<void>> send(std::string commands);

    /// The answer to the next command. Fails: timeout, unavailable (the connection ended), corrupt, too_large.
    Awaitable<Result<RedisReply>> receive();

    /// Whether nothing came since the last answer, not even an end.
    bool is_quiet();

 private:
    Awaitable<Result<void>> connect(std::shared_ptr<RedisDialer> dialer, SteadyTime deadline);
    Awaitable<Result<void>> log_in(RedisAddress address);

    // One of the two.
    std::unique_ptr<net::Connection> remote_;
    std::unique_ptr<net::LocalConnection> local_;
    RedisReader reader_;
    std::array<char, 16384> space_{};
};

/// Commands to Redis over one connection, which is made when it is needed.
///
/// Commands that come while others are under way go out together, as soon as those are answered. What goes wrong with
/// the connection fails all that are on it. Then, and while none can be made, it is left alone for a second, later up
/// to half a minute; meanwhile commands fail at once, and the one that ends the rest does not wait for it either.
/// Used on one executor. Lifetime: the executor's context and the clock outlive it.
class RedisClient : public std::enable_shared_from_this<RedisClient> {
 public:
    struct Options {
        std::uint64_t reply_limit;
        std::uint64_t queue_limit;
        std::chrono::milliseconds answer_timeout;
    };

    RedisClient(std::shared_ptr<RedisDialer> dialer, Options options, const Clock& clock)
        : dialer_(std::move(dialer)), options_(options), clock_(clock) {}

    /// The answer to `command`. One whose deadline is over before it is its turn is not sent.
    /// Fails: timeout, unavailable, denied, corrupt, too_large, overloaded.
    Awaitable<Result<RedisReply>> ask(std::string command, SteadyTime deadline);

    /// No further commands are sent. What is under way comes to its end.
    void stop() { is_stopped_ = true; }

 private:
    struct Command {
        std::string bytes;
        SteadyTime deadline;
        Handoff<Result<RedisReply>> reply;
    };
    using Batch = std::vector<Command>;

    void start();
    static Awaitable<void> run(std::shared_ptr<RedisClient> self);
    Awaitable<bool> connect();
    Batch next_batch();
    Awaitable<Result<void>> exchange(std::shared_ptr<Batch> batch);
    void failed(const Error& error);

    std::shared_ptr<RedisDialer> dialer_;
    Options options_;
    const Clock& clock_;
    std::unique_ptr<RedisConnection> connection_;
    std::deque<Command> queue_;
    Backoff backoff_;
    Error last_failure_;
    bool is_running_ = false;
    bool is_stopped_ = false;
};

}  // namespace tapalcatl::cache
