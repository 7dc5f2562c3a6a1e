#pragma once

#include "base/awaitable.hpp"
#include "base/clock.hpp"
#include "base/error.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/beast/core/basic_stream.hpp>
#include <boost/beast/core/rate_policy.hpp>

#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <string>

namespace tapalcatl::net {

class Tls;

/// How far a read or write got.
struct Transfer {
    boost::system::error_code error;
    std::size_t size = 0;
};

/// Limits no rate, but counts what is read.
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

/// A connection to a server, plain or TLS.
///
/// Time-outs are those of Beast's basic_stream: past `expires_at` it closes the socket, which also ends the several
/// reads and writes of one TLS operation, and it holds when the waiting coroutine is destroyed. A connection that timed
/// out is good for nothing more.
class Connection {
 public:
    explicit Connection(const boost::asio::any_io_executor& executor) : tcp_(executor) {}
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;
    ~Connection();

    /// From now on each operation fails with beast::error::timeout if it is not done by then.
    /// Requires: none is under way.
    void expires_at(SteadyTime time) { tcp_.expires_at(time); }

    Awaitable<boost::system::error_code> connect(boost::asio::ip::tcp::endpoint endpoint);

    /// Speaks TLS from now on. Fails: denied, unavailable, timeout.
    Awaitable<Result<void>> start_tls(std::shared_ptr<Tls> tls, std::string host, std::uint16_t port);

    Awaitable<Transfer> write(boost::asio::const_buffer bytes);
    Awaitable<Transfer> read_some(boost::asio::mutable_buffer space);

    /// Whether nothing has come since the last answer, not even an end, neither on the socket nor in the buffers of
    /// TLS: only such a connection is used again.
    bool is_quiet();

    /// Requires: start_tls() succeeded.
    bool resumed_session();

 private:
    using TcpStream = boost::beast::basic_stream<boost::asio::ip::tcp, boost::asio::any_io_executor, CountingPolicy>;

    bool has_buffered_tls();

    TcpStream tcp_;
    std::shared_ptr<Tls> shared_;
    std::optional<boost::asio::ssl::stream<TcpStream&>> tls_;
    std::uint64_t read_before_tls_ = 0;
};

/// Whether `error` is how an operation ends past `expires_at`.
bool is_timeout(const boost::system::error_code& error);

/// Whether `error` says that the other side ended the connection in order, or at least without a reset.
bool is_end(const boost::system::error_code& error);

}  // namespace tapalcatl::net
