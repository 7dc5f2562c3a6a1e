#include "net/connection.hpp"

#include "net/tls.hpp"

#include <boost/asio/ssl/error.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/error.hpp>

#include <cerrno>

#include <sys/socket.h>

namespace tapalcatl::net {
namespace asio = boost::asio;

namespace {

/// Whether a read from the socket would wait: no bytes, no end and no error are pending.
bool is_open_and_empty(int socket) {
    char byte = 0;
    const auto got = ::recv(socket, &byte, 1, MSG_PEEK | MSG_DONTWAIT);
    return got < 0 && errno == EAGAIN;
}

}  // namespace

bool is_timeout(const boost::system::error_code& error) {
    return error == boost::beast::error::timeout;
}

bool is_end(const boost::system::error_code& error) {
    return error == asio::error::eof || error == asio::ssl::error::stream_truncated;
}

Connection::~Connection() {
    if (tls_) {
        // Otherwise OpenSSL takes the missing close_notify for an attack and does not resume the session.
        SSL_set_shutdown(tls_->native_handle(), SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
    }
}

Awaitable<boost::system::error_code> Connection::connect(asio::ip::tcp::endpoint endpoint) {
    const auto [error] = co_await tcp_.async_connect(endpoint, as_result);
    if (!error) {
        boost::system::error_code ignored;
        tcp_.socket().set_option(asio::ip::tcp::no_delay(true), ignored);
    }
    co_return error;
}

Awaitable<Result<void>> Connection::start_tls(std::shared_ptr<Tls> tls, std::string host, std::uint16_t port) {
    const auto context = tls->context();
    if (!context) {
        co_return context.error();
    }
    shared_ = std::move(tls);
    tls_.emplace(tcp_, **context);
    read_before_tls_ = tcp_.rate_policy().read_bytes();
    const auto prepared = shared_->prepare(tls_->native_handle(), host, port);
    if (!prepared) {
        co_return prepared.error();
    }
    const auto [error] = co_await tls_->async_handshake(asio::ssl::stream_base::client, as_result);
    if (is_timeout(error)) {
        co_return fail(Errc::timeout, "timed out during the TLS handshake");
    }
    if (error) {
        co_return shared_->explain(tls_->native_handle(), error);
    }
    co_return Result<void>();
}

Awaitable<Transfer> Connection::write(asio::const_buffer bytes) {
    const std::array<asio::const_buffer, 3> parts{bytes};
    return write(parts);
}

Awaitable<Transfer> Connection::write(std::array<asio::const_buffer, 3> parts) {
    Transfer done;
    if (tls_) {
        const auto [error, size] = co_await asio::async_write(*tls_, parts, as_result);
        done.error = error;
        done.size = size;
    } else {
        const auto [error, size] = co_await asio::async_write(tcp_, parts, as_result);
        done.error = error;
        done.size = size;
    }
    co_return done;
}

Awaitable<Transfer> Connection::read_some(asio::mutable_buffer space) {
    Transfer done;
    if (tls_) {
        const auto [error, size] = co_await tls_->async_read_some(space, as_result);
        done.error = error;
        done.size = size;
    } else {
        const auto [error, size] = co_await tcp_.async_read_some(space, as_result);
        done.error = error;
        done.size = size;
    }
    co_return done;
}

/// Whether OpenSSL has read part of a record, or Asio holds bytes of the socket that OpenSSL has not read yet.
bool Connection::has_buffered_tls() {
    auto* const ssl = tls_->native_handle();
    const auto received = tcp_.rate_policy().read_bytes() - read_before_tls_;
    return SSL_has_pending(ssl) == 1 || received != BIO_number_read(SSL_get_rbio(ssl));
}

bool Connection::is_quiet() {
    return !(tls_ && has_buffered_tls()) && is_open_and_empty(tcp_.socket().native_handle());
}

bool Connection::resumed_session() {
    return SSL_session_reused(tls_->native_handle()) == 1;
}

Awaitable<boost::system::error_code> LocalConnection::connect(std::string path) {
    const asio::local::stream_protocol::endpoint endpoint(path);
    const auto [error] = co_await stream_.async_connect(endpoint, as_result);
    co_return error;
}

Awaitable<Transfer> LocalConnection::write(asio::const_buffer bytes) {
    const auto [error, size] = co_await asio::async_write(stream_, bytes, as_result);
    co_return Transfer{error, size};
}

Awaitable<Transfer> LocalConnection::read_some(asio::mutable_buffer space) {
    const auto [error, size] = co_await stream_.async_read_some(space, as_result);
    co_return Transfer{error, size};
}

bool LocalConnection::is_quiet() {
    return is_open_and_empty(stream_.socket().native_handle());
}

}  // namespace tapalcatl::net
