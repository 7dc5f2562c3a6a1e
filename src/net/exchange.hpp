#pragma once

#include "base/awaitable.hpp"
#include "base/error.hpp"
#include "net/connection.hpp"
#include "net/message.hpp"

#include <chrono>
#include <string>

namespace tapalcatl::net {

/// How one request over one connection went.
struct Exchanged {
    Result<Response> response;
    bool is_reusable = false;  ///< the answer is complete, nothing is behind it, and the server goes on
    bool was_sent = false;     ///< at least a byte of the request left
    bool has_died = false;     ///< the connection ended before a byte of an answer came, and not for lack of time
};

struct ExchangeLimits {
    bool is_head = false;
    std::uint64_t body_limit = 0;
    bool may_skip_body = false;             ///< as in Request
    SteadyTime first_byte_by;               ///< and the answer's end by `deadline`
    std::chrono::milliseconds stall{4000};  ///< between two pieces of the answer
    SteadyTime deadline;
    bool* has_begun = nullptr;  ///< becomes true as the first byte of the answer comes; may be null
};

/// Sends `request` and reads the answer. Fails: timeout, unavailable, corrupt, too_large.
Awaitable<Exchanged> exchange(Connection& connection, std::string request, ExchangeLimits limits);

}  // namespace tapalcatl::net
