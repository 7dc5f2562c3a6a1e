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
    Session(Front& front, boost::asio::ip::tcp::socket socket, bool over_limit,
            const boost::asio::ip::tcp::endpoint& peer);
    Session(const Session&) = delete;
    Session& operator=(const Session&) = delete;
    ~Session();

    /// Serves until the connection ends. Requires: called once, on the front's context; this outlives the coroutine.
    Awaitable<void> run();

 private:
    using Pieces = std::array<boost::asio::const_buffer, 2>;

    /// A request whose response the front remembers.
    struct Remembered {
        const ResponseCache::Entry* response = nullptr;  ///< null: the request has to be parsed
        std::string_view target;
        std::size_t size = 0;  ///< of the request's head
        SteadyTime since{};
    };

    /// The next request in the buffer, if it has the header fields of the request before and the front remembers the
    /// response for its target. Lifetime of the response: until anything else uses the front's ResponseCache.
    Remembered recall();
    /// Remembers a response and the header fields of its request, if recall() may use them.
    void remember(std::string_view head, const HeadParser& parser, const web::Response& response);

    /// The size of the next request's head in the buffer, or 0 if it is not complete yet.
    std::size_t find_head();
    Awaitable<bool> receive();
    void begin_response();
    /// Sends what the system takes at once of head and body. The number of bytes. would_block: it took none.
    std::size_t send_some(const Pieces& pieces, boost::system::error_code& error);
    /// Sends the rest of `pieces` after `sent` bytes, as the client takes it. False: the client did not take all.
    Awaitable<bool> send_rest(Pieces pieces, std::size_t sent);
    Awaitable<void> close();
    void consume(std::size_t size);
    /// Completes the record of a request, and adds it to the log.
    void log_request(AccessRecord record, std::string_view target, std::size_t body_size, SteadyTime since);

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
    std::string known_fields_;     ///< of the last request, up to the empty line; empty: recall() may not use them
    bool known_gzip_ = false;      ///< whether they allow gzip
    std::string head_;
    std::size_t unsent_ = 0;  ///< bytes of the response that the client did not take
};

}  // namespace tapalcatl::http
