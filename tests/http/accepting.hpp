#pragma once

#include "base/descriptor.hpp"

#include <boost/asio/ip/tcp.hpp>

namespace tapalcatl::tests {

/// The next connection that waits at `acceptor`, for Front::serve(), and who it is from.
inline Descriptor accepted(boost::asio::ip::tcp::acceptor& acceptor, boost::asio::ip::tcp::endpoint& peer) {
    auto socket = acceptor.accept(peer);
    socket.non_blocking(true);
    return Descriptor(socket.release());
}

}  // namespace tapalcatl::tests
