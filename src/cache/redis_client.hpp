#pragma once

#include "base/awaitable.hpp"
#include "base/clock.hpp"
#include "base/error.hpp"
#include "base/handoff.hpp"
#include "cache/backoff.hpp"
#include "cache/redis_connection.hpp"

#include <chrono>
#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <vector>

namespace tapalcatl::cache {

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
