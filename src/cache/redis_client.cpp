#include "cache/redis_client.hpp"

#include "base/text.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/co_spawn.hpp>

#include <algorithm>
#include <exception>
#include <span>
#include <utility>

namespace tapalcatl::cache {
namespace {

constexpr std::size_t max_shown_reason = 100;

Error failure(const boost::system::error_code& error, std::string_view doing) {
    if (net::is_timeout(error)) {
        return fail(Errc::timeout, "timed out while {}", doing);
    }
    if (net::is_end(error)) {
        return fail(Errc::unavailable, "closed the connection");
    }
    return fail(Errc::unavailable, "{}: {}", doing, error.message());
}

/// The first word of an error, such as "WRONGPASS": some servers repeat the password in the rest of the text.
std::string_view first_word(std::string_view text) {
    const auto end = std::find_if(text.begin(), text.end(), [](char c) { return c < 'A' || c > 'Z'; });
    return text.substr(0, static_cast<std::size_t>(end - text.begin()));
}

/// Whether a server from before Redis 6, which has no users, refuses an AUTH with a user's name.
bool takes_password_only(const RedisReply& reply) {
    constexpr std::string_view words = "ERR wrong number of arguments";
    return reply.kind == RedisReply::Kind::error && iequals(reply.text().substr(0, words.size()), words);
}

Error refusal(std::string_view what, const RedisReply& reply) {
    return fail(Errc::denied, "refuses {}: {}", what, printable(reply.text().substr(0, max_shown_reason)));
}

net::Timeouts timeouts_of(std::chrono::milliseconds connect_timeout) {
    net::Timeouts timeouts;
    timeouts.resolve = timeouts.connect = timeouts.tls = connect_timeout;
    return timeouts;
}

}  // namespace

std::string redis_command(std::initializer_list<std::string_view> words) {
    std::size_t size = 16;
    for (const auto word : words) {
        size += word.size() + 24;
    }
    std::string command;
    command.reserve(size);
    command += fmt::format("*{}\r\n", words.size());
    for (const auto word : words) {
        command += fmt::format("${}\r\n", word.size());
        command += word;
        command += "\r\n";
    }
    return command;
}

RedisDialer::RedisDialer(RedisAddress address, Result<std::string> ca_file, std::chrono::milliseconds connect_timeout,
                         boost::asio::any_io_executor executor, const Clock& clock)
    : address_(std::move(address)),
      executor_(std::move(executor)),
      resolver_(executor_, clock, {}),
      timeouts_(timeouts_of(connect_timeout)),
      dialer_(executor_, resolver_,
              std::make_shared<net::Tls>(address_.ca_file.empty() ? std::move(ca_file) : address_.ca_file,
                                         net::TlsOptions{false, address_.verifies}),
              no_proxies_, timeouts_) {}

Awaitable<Result<std::unique_ptr<net::Connection>>> RedisDialer::open(SteadyTime deadline) {
    Url url;
    url.is_https = address_.is_tls;
    url.host = address_.host;
    url.port = address_.port;
    auto connection = co_await dialer_.open(url, deadline);
    co_return connection;
}

Awaitable<Result<void>> RedisConnection::open(std::shared_ptr<RedisDialer> dialer, SteadyTime deadline) {
    const auto connected = co_await connect(dialer, deadline);
    if (!connected) {
        co_return connected;
    }
    expires_at(deadline);
    const auto address = dialer->address();
    const auto logged_in = co_await log_in(address);
    co_return logged_in;
}

Awaitable<Result<void>> RedisConnection::connect(std::shared_ptr<RedisDialer> dialer, SteadyTime deadline) {
    if (!dialer->address().socket_path.empty()) {
        local_ = std::make_unique<net::LocalConnection>(dialer->executor());
        local_->expires_at(deadline);
        const auto path = dialer->address().socket_path;
        const auto error = co_await local_->connect(path);
        if (error) {
            co_return failure(error, "connecting");
        }
        co_return Result<void>();
    }
    auto opened = co_await dialer->open(deadline);
    if (!opened) {
        co_return opened.error();
    }
    remote_ = std::move(*opened);
    co_return Result<void>();
}

Awaitable<Result<void>> RedisConnection::log_in(RedisAddress address) {
    const auto& password = address.password.reveal();
    if (!address.user.empty()) {
        auto with_user = redis_command({"AUTH", address.user, password});
        auto reply = co_await ask(std::move(with_user));
        if (reply && takes_password_only(*reply)) {
            auto with_password = redis_command({"AUTH", password});
            reply = co_await ask(std::move(with_password));
        }
        if (!reply) {
            co_return reply.error();
        }
        if (reply->kind != RedisReply::Kind::status) {
            co_return fail(Errc::denied, "refuses user or password: {}", first_word(reply->text()));
        }
    }
    const bool has_only_password = address.user.empty() && !password.empty();
    std::string commands;
    if (has_only_password) {
        commands = redis_command({"AUTH", password});
    }
    if (address.database != 0) {
        commands += redis_command({"SELECT", fmt::format("{}", address.database)});
    }
    commands += redis_command({"PING"});
    const auto sent = co_await send(std::move(commands));
    if (!sent) {
        co_return sent;
    }
    if (has_only_password) {
        const auto reply = co_await receive();
        if (!reply) {
            co_return reply.error();
        }
        if (reply->kind != RedisReply::Kind::status) {
            co_return fail(Errc::denied, "refuses user or password: {}", first_word(reply->text()));
        }
    }
    if (address.database != 0) {
        const auto reply = co_await receive();
        if (!reply) {
            co_return reply.error();
        }
        if (reply->kind != RedisReply::Kind::status) {
            co_return refusal(fmt::format("database {}", address.database), *reply);
        }
    }
    const auto pong = co_await receive();
    if (!pong) {
        co_return pong.error();
    }
    // The user may be allowed only GET and SET.
    if (pong->kind != RedisReply::Kind::status && first_word(pong->text()) != "NOPERM") {
        co_return refusal("to work", *pong);
    }
    co_return Result<void>();
}

Awaitable<Result<RedisReply>> RedisConnection::ask(std::string command) {
    const auto sent = co_await send(std::move(command));
    if (!sent) {
        co_return sent.error();
    }
    auto reply = co_await receive();
    co_return reply;
}

void RedisConnection::expires_at(SteadyTime time) {
    if (remote_ != nullptr) {
        remote_->expires_at(time);
    } else {
        local_->expires_at(time);
    }
}

Awaitable<Result<void>> RedisConnection::send(std::string commands) {
    const auto bytes = boost::asio::buffer(commands);
    net::Transfer done;
    if (remote_ != nullptr) {
        done = co_await remote_->write(bytes);
    } else {
        done = co_await local_->write(bytes);
    }
    if (done.error) {
        co_return failure(done.error, "sending");
    }
    co_return Result<void>();
}

Awaitable<Result<RedisReply>> RedisConnection::receive() {
    for (;;) {
        auto reply = reader_.next();
        if (!reply) {
            co_return reply.error();
        }
        if (*reply) {
            co_return std::move(**reply);
        }
        const auto space = boost::asio::buffer(space_);
        net::Transfer got;
        if (remote_ != nullptr) {
            got = co_await remote_->read_some(space);
        } else {
            got = co_await local_->read_some(space);
        }
        if (got.error) {
            co_return failure(got.error, "waiting for a reply");
        }
        const auto fed = reader_.feed(std::as_bytes(std::span(space_.data(), got.size)));
        if (!fed) {
            co_return fed.error();
        }
    }
}

bool RedisConnection::is_quiet() {
    return reader_.is_empty() && (remote_ != nullptr ? remote_->is_quiet() : local_->is_quiet());
}

namespace {

namespace asio = boost::asio;

/// Limits of a batch: enough to make up for the round trip, but so few that a command does not wait long for the
/// others.
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

/// Runs until the queue is empty: an idle connection has no coroutine.
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

/// Opens a connection unless there is an idle one that has received nothing since.
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
