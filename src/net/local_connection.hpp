#pragma once

#include "base/awaitable.hpp"
#include "base/clock.hpp"
#include "net/connection.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/beast/core/basic_stream.hpp>

#include <string>

namespace tapalcatl::net {

/// A connection to a server on this machine, over a Unix socket. As Connection otherwise.
class LocalConnection {
 public:
    explicit LocalConnection(const boost::asio::any_io_executor& executor) : stream_(executor) {}

    void expires_at(SteadyTime time) { stream_.expires_at(time); }

    /// Requires: `path` is no longer than max_path_length.
    Awaitable<boost::system::error_code> connect(std::string path);

    Awaitable<Transfer> write(boost::asio::const_buffer bytes);
    Awaitable<Transfer> read_some(boost::asio::mutable_buffer space);
    bool is_quiet();

    static constexpr std::size_t max_path_length = 107;  ///< unix(7): sun_path, with its end

 private:
    boost::beast::basic_stream<boost::asio::local::stream_protocol, boost::asio::any_io_executor> stream_;
};

}  // namespace tapalcatl::net
