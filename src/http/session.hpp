#pragma once

#include "base/awaitable.hpp"
#include "base/descriptor.hpp"
#include "http/front.hpp"
#include "http/head_parser.hpp"
#include "http/sending.hpp"
#include "web/message.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace tapalcatl::http {

/// Serves one connection: requests in sequence, including pipelined ones.
class Session {
 public:
    /// Requires: `socket` is a connection that does not block.
    Session(Front& front, Descriptor socket, bool over_limit, const boost::asio::ip::tcp::endpoint& peer);
    Session(const Session&) = delete;
    Session& operator=(const Session&) = delete;
    ~Session();

    /// Answers the first request, if it has come, the front remembers the response, and the client takes it without a
    /// wait: neither a coroutine nor the event loop have a part in that. True: the connection has ended, and run() is
    /// not to be called. Requires: called once, before run(), on the front's context.
    bool ends_at_once();

    /// Serves until the connection ends. Requires: called once, on the front's context; this outlives the coroutine.
    Awaitable<void> run();

 private:
    /// A request whose response the front remembers.
    struct Remembered {
        const ResponseCache::Entry* response = nullptr;  ///< null: the request has to be parsed
        std::string_view target;
        std::size_t size = 0;  ///< of the request's head
        SteadyTime since{};
        bool ends_connection = false;
    };

    /// A response that is sent again, and of which the client has not taken all.
    struct Unfinished {
        Remembered request;  ///< without the response, which the front may forget
        SharedBytes body;
        std::shared_ptr<const std::string> archive_key;
        std::size_t sent = 0;  ///< bytes of head_ and body
    };

    enum class Resent {
        no,          ///< the request has to be parsed, or is not there
        whole,       ///< the next request is to be read
        unfinished,  ///< see unfinished_
        last,        ///< and the connection is to be closed
        failed       ///< the connection is broken
    };

    /// The next request in the buffer, if its header fields are known and the front remembers the response for its
    /// target. Lifetime of the response: until anything else uses the front's ResponseCache.
    Remembered recall();
    /// Remembers a response and the header fields of its request, if recall() may use them.
    void remember(std::string_view head, const HeadParser& parser, const web::Response& response);
    /// Sends the response to the next request again, as far as the system takes it at once.
    Resent resend();
    /// What follows once the client took a response that was sent again, or left. Not Resent::unfinished.
    Resent end_resending(const Remembered& request, std::size_t body_size, const std::string* archive_key);
    /// Whether nothing that the client sent is unread, so that closing does not reset the connection.
    bool may_close_at_once() const { return begin_ == end_; }

    /// The size of the next request's head in the buffer, or 0 if it is not complete yet.
    std::size_t find_head();
    /// Room for more bytes in the buffer, behind end_.
    boost::asio::mutable_buffer make_room();
    /// Reads what has come into `space`. would_block: nothing.
    std::size_t read_now(boost::asio::mutable_buffer space, boost::system::error_code& error);
    Awaitable<bool> receive();
    void begin_response();
    /// Sends the rest of `pieces` after `sent` bytes, as the client takes it. False: the client did not take all.
    Awaitable<bool> send_rest(Pieces pieces, std::size_t sent, bool is_last);
    Awaitable<void> close();
    void consume(std::size_t size);
    /// Completes the record of a request, and adds it to the log.
    void log_request(AccessRecord record, std::string_view target, std::size_t body_size, SteadyTime since);

    /// Puts the connection under the watch of the event loop: only what waits needs that. Cost: three system calls,
    /// with the one at the end.
    void watch();
    std::string_view peer();

    Front& front_;
    Descriptor descriptor_;                               ///< until watch()
    std::optional<boost::asio::ip::tcp::socket> socket_;  ///< from watch() on
    const int handle_;                                    ///< of whichever of them has it
    Front::ConnectionLink link_;
    bool over_limit_;
    boost::asio::ip::tcp::endpoint peer_;
    std::string peer_text_;  ///< empty: not needed yet
    std::string buffer_;     ///< bytes [begin_, end_) are not parsed yet
    std::size_t begin_ = 0;
    std::size_t end_ = 0;
    std::size_t search_from_ = 0;                      ///< no end of a head begins before this index
    bool head_started_ = false;                        ///< a byte has come since the last request
    std::shared_ptr<const KnownFields> known_fields_;  ///< of the last request; null: they are not known
    std::string head_;
    std::optional<Unfinished> unfinished_;
    bool open_ = true;        ///< another request may follow
    std::size_t unsent_ = 0;  ///< bytes of the response that the client did not take
};

}  // namespace tapalcatl::http
