#include "net/dialer.hpp"

#include "net/exchange.hpp"
#include "net/message.hpp"
#include "net/tls.hpp"

#include <algorithm>

namespace tapalcatl::net {
namespace {

using boost::asio::ip::tcp;

/// The number of addresses that are tried for one connection.
constexpr std::size_t max_addresses = 4;

SteadyTime earlier_of(std::chrono::milliseconds limit, SteadyTime deadline) {
    return std::min(std::chrono::steady_clock::now() + limit, deadline);
}

}  // namespace

Awaitable<Result<std::unique_ptr<Connection>>> Dialer::open(Url url, SteadyTime deadline) {
    const auto* const proxy = proxies_.find(url);
    const auto& host = proxy != nullptr ? proxy->host : url.host;
    const auto port = proxy != nullptr ? proxy->port : url.port;
    auto connection = co_await connect(host, port, deadline);
    if (!connection) {
        co_return proxy != nullptr ? connection.error().within("proxy " + proxy->host_and_port()) : connection.error();
    }
    if (!url.is_https) {
        co_return std::move(*connection);
    }
    auto& opened = **connection;
    if (proxy != nullptr) {
        const auto tunnel = co_await open_tunnel(opened, url, deadline);
        if (!tunnel) {
            co_return tunnel.error().within("proxy " + proxy->host_and_port());
        }
    }
    const auto trusted = tls_->context();  // reads the CA file, which is no part of the handshake's time
    if (!trusted) {
        co_return trusted.error();
    }
    opened.expires_at(earlier_of(timeouts_.tls, deadline));
    const auto secured = co_await opened.start_tls(tls_, url.host, url.port);
    if (!secured) {
        co_return secured.error();
    }
    co_return std::move(*connection);
}

Awaitable<Result<std::unique_ptr<Connection>>> Dialer::connect(std::string host, std::uint16_t port,
                                                               SteadyTime deadline) {
    const auto resolved_by = earlier_of(timeouts_.resolve, deadline);
    const auto addresses = co_await resolver_.resolve(host, resolved_by);
    if (!addresses) {
        co_return addresses.error();
    }
    const auto connected_by = earlier_of(timeouts_.connect, deadline);
    const auto number = std::min(addresses->size(), max_addresses);
    std::optional<Error> failure;
    for (std::size_t i = 0; i < number; ++i) {
        // Each address gets half of the time that is left, so that one that hangs leaves time for the next; the last
        // one gets all of it.
        const auto now = std::chrono::steady_clock::now();
        const auto left = std::max(connected_by - now, SteadyTime::duration::zero());
        const tcp::endpoint endpoint((*addresses)[i], port);
        auto connection = std::make_unique<Connection>(executor_);
        connection->expires_at(now + (i + 1 < number ? left / 2 : left));
        const auto error = co_await connection->connect(endpoint);
        if (!error) {
            co_return connection;
        }
        const auto address = endpoint.address().to_string();
        failure = is_timeout(error) ? fail(Errc::timeout, "timed out connecting to {}", address)
                                    : fail(Errc::unavailable, "cannot connect to {}: {}", address, error.message());
    }
    co_return *failure;
}

Awaitable<Result<void>> Dialer::open_tunnel(Connection& connection, Url url, SteadyTime deadline) {
    const auto* const proxy = proxies_.find(url);
    const Body request{write_connect(url, *proxy)};
    ExchangeLimits limits;
    limits.is_head = true;  // a response to CONNECT has no body either (RFC 9110, section 9.3.6)
    limits.deadline = earlier_of(timeouts_.tunnel, deadline);
    limits.first_byte_by = limits.deadline;
    const auto exchanged = co_await exchange(connection, request, limits);
    if (!exchanged.response) {
        co_return exchanged.response.error();
    }
    const auto status = exchanged.response->status;
    if (status == 407) {
        co_return fail(Errc::denied, "refuses the credentials (407)");
    }
    if (status / 100 != 2) {
        co_return fail(Errc::unavailable, "refuses a tunnel to {} with status {}", url.host_and_port(), status);
    }
    co_return Result<void>();
}

}  // namespace tapalcatl::net
