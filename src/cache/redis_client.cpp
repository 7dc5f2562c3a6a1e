#include "cache/redis_client.hpp"

#include <boost/asio/co_spawn.hpp>

#include <exception>
#include <utility>

namespace tapalcatl::cache {
namespace {

namespace asio = boost::asio;

/// What goes out together at the most: enough to make up for the way, not so much that one waits long for the others.
constexpr std::size_t max_batch_commands = 64;
constexpr std::size_t max_batch_bytes = 1'000'000;

}  // namespace

Awaitable<Result<RedisReply>> RedisClient::ask(std::string command, SteadyTime deadline) {
    if (is_stopped_ || queue_.size() >= options_.queue_limit) {
        co_return fail(Errc::overloaded, "has not answered {} commands yet", queue_.size());
    }
    if (backoff_.is_failing()) {
        if (!backoff_.rests(clock_.now())) {
            start();
        }
        co_return Error{Errc::unavailable, last_failure_.message};
    }
    Handoff<Result<RedisReply>> reply(dialer_->executor());
    queue_.push_back({std::move(command), deadline, reply});
    start();
    auto answer = co_await reply.wait(deadline);
    if (!answer) {
        co_return fail(Errc::timeout, "did not answer in time");
    }
    co_return std::move(*answer);
}

void RedisClient::start() {
    if (std::exchange(is_running_, true)) {
        return;
    }
    asio::co_spawn(dialer_->executor(), run(shared_from_this()), [self = shared_from_this()](std::exception_ptr crash) {
        if (crash) {
            self->is_running_ = false;
            self->failed(fail(Errc::unavailable, "out of memory"));
        }
    });
}

/// Works until there is nothing to do: a connection that nobody uses keeps no coroutine.
Awaitable<void> RedisClient::run(std::shared_ptr<RedisClient> self) {
    while (!self->is_stopped_) {
        const bool connected = co_await self->connect();
        if (!connected) {
            break;
        }
        const auto batch = std::make_shared<Batch>(self->next_batch());
        if (batch->empty()) {
            break;
        }
        const auto done = co_await self->exchange(batch);
        if (!done) {
            self->failed(done.error());
            break;
        }
    }
    self->is_running_ = false;
}

/// Makes a connection unless there is one that is as it was left.
Awaitable<bool> RedisClient::connect() {
    if (connection_ != nullptr && connection_->is_quiet()) {
        co_return true;
    }
    connection_ = std::make_unique<RedisConnection>(options_.reply_limit);
    const auto deadline = std::chrono::steady_clock::now() + dialer_->connect_timeout();
    const auto opened = co_await connection_->open(dialer_, deadline);
    if (!opened) {
        failed(opened.error());
        co_return false;
    }
    backoff_.succeeded();
    co_return true;
}

RedisClient::Batch RedisClient::next_batch() {
    Batch batch;
    std::size_t size = 0;
    const auto now = std::chrono::steady_clock::now();
    while (!queue_.empty() && batch.size() < max_batch_commands && size < max_batch_bytes) {
        if (now < queue_.front().deadline) {
            size += queue_.front().bytes.size();
            batch.push_back(std::move(queue_.front()));
        }
        queue_.pop_front();
    }
    return batch;
}

Awaitable<Result<void>> RedisClient::exchange(std::shared_ptr<Batch> batch) {
    std::string commands;
    for (const auto& command : *batch) {
        commands += command.bytes;
    }
    connection_->expires_at(std::chrono::steady_clock::now() + options_.answer_timeout);
    auto failure = co_await connection_->send(std::move(commands));
    for (const auto& command : *batch) {
        if (!failure) {
            command.reply.put(failure.error());
            continue;
        }
        auto reply = co_await connection_->receive();
        if (!reply) {
            failure = reply.error();
        }
        command.reply.put(std::move(reply));
    }
    co_return failure;
}

void RedisClient::failed(const Error& error) {
    connection_.reset();
    last_failure_ = error;
    backoff_.failed(clock_.now());
    for (const auto& command : std::exchange(queue_, {})) {
        command.reply.put(error);
    }
}

}  // namespace tapalcatl::cache
