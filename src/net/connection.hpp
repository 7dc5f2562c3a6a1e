#pragma once

#include "base/awaitable.hpp"
#include "base/clock.hpp"
#include "base/error.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/beast/core/basic_stream.hpp>
#include <boost/beast/core/rate_policy.hpp>

#include <array>
#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <string>

namespace tapalcatl::net {
class Tls;

/// The outcome of a read or write.
struct Transfer {
    boost::system::error_code error;
    std::size_t size = 0;  ///< bytes transferred, also in front of an error
};

/// A rate policy of Beast without a limit, which counts the bytes that are read.
class CountingPolicy {
 public:
    std::uint64_t read_bytes() const { return read_; }

 private:
    friend class boost::beast::rate_policy_access;
    static std::size_t available_read_bytes() { return std::numeric_limits<std::size_t>::max(); }
    static std::size_t available_write_bytes() { return std::numeric_limits<std::size_t>::max(); }
    void transfer_read_bytes(std::size_t size) { read_ += size; }
    static void transfer_write_bytes(std::size_t /*size*/) {}
    static void on_timer() {}

    std::uint64_t read_ = 0;
};

/// A TCP connection to a server, with or without TLS.
///
/// Deadlines are those of Beast's basic_stream: at the deadline it closes the socket, which also ends the several reads
/// and writes of one TLS operation, and which works when the waiting coroutine is destroyed. A connection that timed
/// out cannot be used any more.
class Connection {
 public:
    explicit Connection(const boost::asio::any_io_executor& executor) : tcp_(executor) {}
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;
    ~Connection();

    /// Sets the deadline of the following operations; past it they fail with beast::error::timeout.
    /// Requires: no operation is in progress.
    void expires_at(SteadyTime time) { tcp_.expires_at(time); }

    Awaitable<boost::system::error_code> connect(boost::asio::ip::tcp::endpoint endpoint);

    /// Performs the TLS handshake; the following reads and writes are encrypted. Fails: denied, unavailable, timeout.
    Awaitable<Result<void>> start_tls(std::shared_ptr<Tls> tls, std::string host, std::uint16_t port);

    Awaitable<Transfer> write(boost::asio::const_buffer bytes);
    /// Writes the parts one after the other, without copying them.
    Awaitable<Transfer> write(std::array<boost::asio::const_buffer, 3> parts);
    Awaitable<Transfer> read_some(boost::asio::mutable_buffer space);

    /// Whether nothing arrived since the last response, not even the end of the connection, neither on the socket nor
    /// in the buffers of TLS. Only such a connection is reused.
    bool is_quiet();

    /// Whether the handshake resumed a TLS session. Requires: start_tls() succeeded.
    bool resumed_session();

 private:
    using TcpStream = boost::beast::basic_stream<boost::asio::ip::tcp, boost::asio::any_io_executor, CountingPolicy>;

    bool has_buffered_tls();

    TcpStream tcp_;
    std::shared_ptr<Tls> shared_;
    std::optional<boost::asio::ssl::stream<TcpStream&>> tls_;
    std::uint64_t read_before_tls_ = 0;
};

/// Whether `error` is that of an operation which reached the deadline.
bool is_timeout(const boost::system::error_code& error);

/// Whether `error` says that the peer closed the connection without a reset, with or without close_notify in TLS.
bool is_end(const boost::system::error_code& error);

/// A connection over a Unix domain socket. Otherwise like Connection.
class LocalConnection {
 public:
    explicit LocalConnection(const boost::asio::any_io_executor& executor) : stream_(executor) {}

    void expires_at(SteadyTime time) { stream_.expires_at(time); }

    /// Requires: `path` is no longer than max_path_length.
    Awaitable<boost::system::error_code> connect(std::string path);

    Awaitable<Transfer> write(boost::asio::const_buffer bytes);
    Awaitable<Transfer> read_some(boost::asio::mutable_buffer space);
    bool is_quiet();

    static constexpr std::size_t max_path_length = 107;  ///< unix(7): the size of sun_path without the terminating NUL

 private:
    boost::beast::basic_stream<boost::asio::local::stream_protocol, boost::asio::any_io_executor> stream_;
};

}  // namespace tapalcatl::net
