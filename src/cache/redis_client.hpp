#pragma once

#include "base/awaitable.hpp"
#include "base/clock.hpp"
#include "base/error.hpp"
#include "base/handoff.hpp"
#include "cache/redis_protocol.hpp"
#include "cache/redis_url.hpp"
#include "cache/tier.hpp"
#include "net/connection.hpp"
#include "net/dialer.hpp"
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

/// A command in the protocol of Redis: its name and arguments, which may be any bytes.
std::string redis_command(std::initializer_list<std::string_view> words);

/// State shared by the connections to one Redis server. Used on one executor. Lifetime: the executor's context and the
/// clock outlive it.
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

/// An authenticated connection to Redis. Used by one coroutine at a time.
class RedisConnection {
 public:
    /// `reply_limit`: bytes, see RedisReader.
    explicit RedisConnection(std::uint64_t reply_limit) : reader_(reply_limit) {}

    /// Connects, authenticates, selects the database, and checks with PING that the server works. Fails: unavailable,
    /// timeout, denied (certificate, user or password), corrupt. No message contains user or password.
    Awaitable<Result<void>> open(std::shared_ptr<RedisDialer> dialer, SteadyTime deadline);

    /// Sets the deadline of the following operations. After a timeout the connection must not be used any more.
    void expires_at(SteadyTime time);

    /// Fails: as receive().
    Awaitable<Result<void>> send(std::string commands);

    /// The reply to the next command. Fails: timeout, unavailable (the connection ended), corrupt, too_large.
    Awaitable<Result<RedisReply>> receive();

    /// Whether nothing has arrived since the last reply, not even the end of the connection.
    bool is_quiet();

 private:
    Awaitable<Result<void>> connect(std::shared_ptr<RedisDialer> dialer, SteadyTime deadline);
    Awaitable<Result<void>> log_in(RedisAddress address);
    Awaitable<Result<RedisReply>> ask(std::string command);

    // One of these two is set.
    std::unique_ptr<net::Connection> remote_;
    std::unique_ptr<net::LocalConnection> local_;
    RedisReader reader_;
    std::array<char, 16384> space_{};
};

/// Sends commands to Redis over one connection, which is opened on demand.
///
/// Commands that arrive while others are running are sent together once those are answered. A failure of the connection
/// fails all commands on it. After that, and while no connection can be made, there is a pause of 1 s, later of up to
/// 30 s, in which commands fail at once. The first command after a pause starts a new connection and fails at once,
/// too. Used on one executor. Lifetime: the executor's context and the clock outlive it.
class RedisClient : public std::enable_shared_from_this<RedisClient> {
 public:
    struct Options {
        std::uint64_t reply_limit;
        std::uint64_t queue_limit;
        std::chrono::milliseconds answer_timeout;
    };

    RedisClient(std::shared_ptr<RedisDialer> dialer, Options options, const Clock& clock)
        : dialer_(std::move(dialer)), options_(options), clock_(clock) {}

    /// Sends `command` and waits for its reply. A command whose deadline passes before its turn is not sent. Fails:
    /// timeout, unavailable, denied, corrupt, too_large, overloaded.
    Awaitable<Result<RedisReply>> ask(std::string command, SteadyTime deadline);

    /// Sends no further commands. Running commands are completed.
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
