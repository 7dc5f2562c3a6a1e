#pragma once

#include "base/awaitable.hpp"
#include "http/front.hpp"
#include "http/head_parser.hpp"
#include "web/message.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <array>
#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace tapalcatl::http {

/// Serves one connection: requests in sequence, including pipelined ones.
class Session {
 public:
    Session(Front& front, boost::asio::ip::tcp::socket socket, bool over_limit);
    Session(const Session&) = delete;
    Session& operator=(const Session&) = delete;
    ~Session();

    /// Serves until the connection ends. Requires: called once, on the front's context; this outlives the coroutine.
    Awaitable<void> run();

 private:
    /// The size of the next request's head in the buffer, or 0 if it is not complete yet.
    std::size_t find_head();
    Awaitable<bool> receive();
    /// Sends the rest of `pieces` after `sent` bytes, as the client takes it. False: the client did not take all.
    Awaitable<bool> send_rest(std::array<boost::asio::const_buffer, 2> pieces, std::size_t sent);
    Awaitable<void> close();
    void consume(std::size_t size);
    void log_request(const web::Request& request, const web::Response& response, std::size_t sent, SteadyTime since);

    Front& front_;
    boost::asio::ip::tcp::socket socket_;
    Front::ConnectionLink link_;
    bool over_limit_;
    std::string peer_;
    std::string buffer_;  ///< bytes [begin_, end_) are not parsed yet
    std::size_t begin_ = 0;
    std::size_t end_ = 0;
    std::size_t search_from_ = 0;  ///< no end of a head begins before this index
    bool head_started_ = false;    ///< a byte has come since the last request
    std::string head_;
    std::size_t unsent_ = 0;  ///< bytes of the response that the client did not take
};

}  // namespace tapalcatl::http
