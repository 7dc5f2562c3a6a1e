#include "net/local_connection.hpp"

#include <boost/asio/write.hpp>

#include <cerrno>

#include <sys/socket.h>

namespace tapalcatl::net {

namespace asio = boost::asio;

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
    char byte = 0;
    const auto got = ::recv(stream_.socket().native_handle(), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
    return got < 0 && errno == EAGAIN;
}

}  // namespace tapalcatl::net
