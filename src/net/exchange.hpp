#pragma once

#include "base/awaitable.hpp"
#include "base/bytes.hpp"
#include "base/error.hpp"
#include "net/connection.hpp"
#include "net/message.hpp"

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

namespace tapalcatl::net {

/// Parses one response from the bytes of a connection. Each response needs a new object. It does no I/O itself.
class ResponseReader {
 public:
    /// `body_limit` and `may_skip_body`: see Request. `is_head`: the request was a HEAD, so there is no body, whatever
    /// the headers say.
    ResponseReader(bool is_head, std::uint64_t body_limit, bool may_skip_body = false);
    ~ResponseReader();

    /// Parses a prefix of `bytes` and returns its length. The next call gets the rest again, followed by more bytes.
    /// Fails: corrupt for what is not HTTP or has too long a header section, too_large for a body over the limit.
    /// Requires: !is_done(), and no call failed before.
    Result<std::size_t> take(Bytes bytes);

    /// Tells that the peer closed the connection. `is_clean`: with close_notify, or a connection without TLS.
    /// Fails: unavailable unless the response is one whose length the end of the connection determines (RFC 9112,
    /// section 6.3), and the end is clean.
    Result<void> end(bool is_clean);

    bool is_done() const;

    /// The bytes that the body will have at most: by its Content-Length, or by what has come of it if that is no more
    /// than `expected`, else the limit.
    std::uint64_t largest_body(std::uint64_t expected) const;

    /// Reserves a buffer for a body of `size` bytes.
    void reserve_body(std::uint64_t size);

    /// Whether the connection may be used for another request. Requires: is_done().
    bool keeps_alive() const;

    /// Moves the response out. Requires: is_done().
    Response release();

 private:
    class Impl;
    std::unique_ptr<Impl> impl_;
};

/// The outcome of one request on one connection.
struct ExchangeResult {
    Result<Response> response;
    bool is_reusable = false;      ///< the connection: the response is complete, nothing follows, and it is kept alive
    bool was_sent = false;         ///< at least one byte of the request was sent
    bool connection_lost = false;  ///< the connection ended before the first byte of a response, not by a time-out
};

/// The limits of one exchange.
struct ExchangeLimits {
    bool is_head = false;
    std::uint64_t body_limit = 0;
    bool may_skip_body = false;             ///< see Request
    SteadyTime first_byte_by;               ///< the end of the response by `deadline`
    std::chrono::milliseconds stall{4000};  ///< between two reads of the response
    SteadyTime deadline;
    bool* has_begun = nullptr;     ///< set to true when the first byte of the response arrives; may be null
    BodyCharge* charge = nullptr;  ///< see Request; may be null
};

/// Sends `request` and reads the response. ExchangeResult::response fails with timeout, unavailable, corrupt,
/// too_large; overloaded without memory for the body by the deadline.
Awaitable<ExchangeResult> exchange(Connection& connection, Body request, ExchangeLimits limits);

}  // namespace tapalcatl::net
