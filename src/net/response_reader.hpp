#pragma once

#include "base/bytes.hpp"
#include "base/error.hpp"
#include "net/message.hpp"

#include <cstdint>
#include <memory>

namespace tapalcatl::net {

/// Reads one answer out of the bytes of a connection. One object an answer; no I/O of its own.
class ResponseReader {
 public:
    /// `body_limit` and `may_skip_body` as in Request. `is_head`: the request was a HEAD, so no body follows, whatever
    /// the headers say.
    ResponseReader(bool is_head, std::uint64_t body_limit, bool may_skip_body = false);
    ~ResponseReader();

    /// Takes what it can of `bytes` and answers how much that was; the rest comes again, with more behind it.
    /// Fails: corrupt for what is not HTTP or has too long a head, too_large for a body over the limit.
    /// Requires: !is_done(), and no call failed before.
    Result<std::size_t> take(Bytes bytes);

    /// The connection has ended. `in_order`: with TLS's farewell, or without TLS.
    /// Fails: unavailable unless the answer is one that lasts until the end of the connection, and that ended in order.
    Result<void> end(bool in_order);

    bool is_done() const;

    /// Whether another answer may follow on the connection. Requires: is_done().
    bool keeps_alive() const;

    /// Takes the answer out. Requires: is_done().
    Response release();

 private:
    class Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace tapalcatl::net
