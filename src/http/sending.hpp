#pragma once

#include "base/page_arena.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/system/error_code.hpp>

#include <array>
#include <cstddef>

namespace tapalcatl::http {

/// Head and body of a response, or what is left of them.
using Pieces = std::array<boost::asio::const_buffer, 2>;

/// Sends what the system takes at once. A body that lies in `arena`, which may be null, is sent without a copy. Returns
/// the number of bytes; would_block: it took none. Requires: `socket` does not block; for an arena, SIGPIPE is ignored,
/// as sendfile(2) has no flag against it.
///
/// `is_last`: the connection is closed for writing right after the response. The end of the response is then sent
/// together with the end of the connection, in one packet.
std::size_t send_some(int socket, const Pieces& pieces, const PageArena* arena, bool is_last,
                      boost::system::error_code& error);

}  // namespace tapalcatl::http
