#include "net/client.hpp"

#include "net/exchange.hpp"
#include "net/message.hpp"
#include "net/tls.hpp"

#include <filesystem>
#include <utility>

namespace tapalcatl::net {

class Client::Impl {
 public:
    Impl(boost::asio::any_io_executor executor, const Clock& clock, Options options)
        : options_(std::move(options)),
          resolver_(executor, clock, options_.resolver),
          pool_(std::make_shared<Pool>(executor, clock, counters_, options_.pool)),
          dialer_(executor, resolver_, std::make_shared<Tls>(options_.ca_bundle), options_.proxies, options_.timeouts) {
    }

    /// `self` keeps this object alive while the request is in progress.
    static Awaitable<Result<Response>> send(std::shared_ptr<Impl> self, Request request);

    void close();
    void close_idle() { pool_->close_idle(); }
    ConnectionGroup new_group(std::size_t per_origin) { return {++groups_, per_origin}; }
    const Counters& counters() const { return *counters_; }

 private:
    Awaitable<Result<Response>> send_uncounted(Request request);

    Options options_;
    std::shared_ptr<Counters> counters_ = std::make_shared<Counters>();
    Resolver resolver_;
    std::shared_ptr<Pool> pool_;
    Dialer dialer_;
    std::uint32_t groups_ = 0;
};

Awaitable<Result<Response>> Client::Impl::send(std::shared_ptr<Impl> self, Request request) {
    const auto server = request.url.host_and_port();
    auto response = co_await self->send_uncounted(std::move(request));
    count(self->counters_->requests);
    if (response) {
        co_return response;
    }
    count(self->counters_->failures);
    if (response.error().code == Errc::timeout) {
        count(self->counters_->timeouts);
    }
    co_return response.error().within(server);
}

Awaitable<Result<Response>> Client::Impl::send_uncounted(Request request) {
    const auto* const proxy = request.url.is_https ? nullptr : options_.proxies.find(request.url);
    const auto bytes = write_request(request, proxy);
    if (!bytes) {
        co_return bytes.error();
    }
    if (std::chrono::steady_clock::now() >= request.deadline) {
        co_return fail(Errc::timeout, "timed out before the request was sent");
    }
    // The proxy follows from the origin, so the key of the pool does not contain it.
    const auto& group = request.connections;
    const auto origin =
        fmt::format("{} {}://{}", group.number, request.url.is_https ? "https" : "http", request.url.host_and_port());
    const auto limit = group.number == 0 ? options_.pool.per_origin : group.per_origin;
    auto lease = co_await Pool::acquire(pool_, origin, limit, request.new_connection, request.deadline);
    if (!lease) {
        co_return fail(Errc::timeout, "timed out waiting for one of {} connections", limit);
    }
    for (;;) {
        const bool is_reused = lease->connection != nullptr;
        if (!is_reused) {
            auto opened = co_await dialer_.open(request.url, request.deadline);
            if (!opened) {
                count(counters_->connect_errors);
                co_return opened.error();
            }
            count(counters_->connects);
            lease->connection = std::move(*opened);
            if (request.url.is_https && lease->connection->resumed_session()) {
                count(counters_->tls_resumed);
            }
        } else {
            count(counters_->reused);
        }
        ExchangeLimits limits;
        limits.is_head = request.method == "HEAD";
        limits.body_limit = request.body_limit;
        limits.may_skip_body = request.may_skip_body;
        limits.first_byte_by = std::chrono::steady_clock::now() + options_.timeouts.first_byte;
        limits.stall = options_.timeouts.stall;
        limits.deadline = request.deadline;
        limits.has_begun = request.has_begun.get();
        limits.charge = request.charge.get();
        auto& connection = *lease->connection;
        auto exchanged = co_await exchange(connection, *bytes, limits);
        if (exchanged.response) {
            if (exchanged.is_reusable) {
                lease->give_back();
            }
            co_return std::move(exchanged.response);
        }
        const bool is_repeatable = request.method == "GET" || request.method == "HEAD" || !exchanged.was_sent;
        if (!is_reused || !exchanged.connection_lost || !is_repeatable) {
            co_return exchanged.response.error();
        }
        count(counters_->retried);
        lease->connection.reset();
    }
}

void Client::Impl::close() {
    resolver_.close();
    pool_->close_idle();
}

Client::Client(boost::asio::any_io_executor executor, const Clock& clock, Options options)
    : impl_(std::make_shared<Impl>(std::move(executor), clock, std::move(options))) {}

Client::~Client() {
    impl_->close();
}

Awaitable<Result<Response>> Client::send(Request request) {
    return Impl::send(impl_, std::move(request));
}

ConnectionGroup Client::new_group(std::size_t per_origin) {
    return impl_->new_group(per_origin);
}

void Client::close_idle() {
    impl_->close_idle();
}

const Counters& Client::counters() const {
    return impl_->counters();
}

Result<Client::Options> client_options(const EnvironmentVariables& environment, const std::string& ca_file) {
    auto proxies = proxies_from_environment(environment);
    if (!proxies) {
        return proxies.error();
    }
    Client::Options options;
    options.proxies = std::move(*proxies);
    options.ca_bundle = find_ca_bundle(ca_file, environment, [](const std::string& path) {
        std::error_code ignored;
        return std::filesystem::exists(path, ignored);
    });
    return options;
}

}  // namespace tapalcatl::net
