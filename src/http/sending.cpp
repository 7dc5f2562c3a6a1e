#include "http/sending.hpp"

#include <boost/asio/error.hpp>

#include <cerrno>
#include <optional>

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/uio.h>

namespace tapalcatl::http {
namespace {

/// The number of bytes that a system call sent, `sent`, or 0 and why it failed.
std::size_t outcome(ssize_t sent, boost::system::error_code& error) {
    if (sent >= 0) {
        return static_cast<std::size_t>(sent);
    }
    error = boost::system::error_code(errno, boost::system::system_category());
    if (error == boost::asio::error::try_again || error == boost::asio::error::interrupted) {
        error = boost::asio::error::would_block;
    }
    return 0;
}

std::size_t copy_some(int socket, const Pieces& pieces, int flags, boost::system::error_code& error) {
    std::array<iovec, std::tuple_size_v<Pieces>> parts{};
    for (std::size_t i = 0; i < parts.size(); ++i) {
        parts[i].iov_base = const_cast<void*>(pieces[i].data());  // sendmsg(2) does not write to it
        parts[i].iov_len = pieces[i].size();
    }
    msghdr message{};
    message.msg_iov = parts.data();
    message.msg_iovlen = parts.size();
    return outcome(::sendmsg(socket, &message, MSG_NOSIGNAL | flags), error);
}

}  // namespace

std::size_t send_some(int socket, const Pieces& pieces, const PageArena* arena, bool is_last,
                      boost::system::error_code& error) {
    error.clear();
    const auto& [head, body] = pieces;
    const int flags = is_last ? MSG_MORE : 0;
    const auto place = arena == nullptr
                           ? std::nullopt
                           : arena->place_of(Bytes(static_cast<const std::byte*>(body.data()), body.size()));
    if (!place) {
        return copy_some(socket, pieces, flags, error);
    }
    std::size_t sent_of_head = 0;
    if (head.size() > 0) {
        if (is_last) {
            const int on = 1;  // what MSG_MORE is to send(2); a failure costs a packet
            ::setsockopt(socket, IPPROTO_TCP, TCP_CORK, &on, sizeof on);
        }
        sent_of_head = outcome(::send(socket, head.data(), head.size(), MSG_NOSIGNAL | MSG_MORE), error);
        if (error || sent_of_head < head.size()) {
            return sent_of_head;
        }
    }
    auto offset = place->offset;
    const auto sent = ::sendfile(socket, place->file, &offset, body.size());
    if (sent >= 0) {
        return sent_of_head + static_cast<std::size_t>(sent);
    }
    // Where a sandbox forbids sendfile, the body is copied. A broken connection fails here, too.
    return sent_of_head + copy_some(socket, {boost::asio::const_buffer(), body}, flags, error);
}

}  // namespace tapalcatl::http
