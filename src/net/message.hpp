#pragma once

#include "base/clock.hpp"
#include "base/url.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tapalcatl::net {

using Header = std::pair<std::string, std::string>;

/// What is asked of a server.
struct Request {
    std::string method = "GET";
    Url url;
    /// Host, and Content-Length where there is a body, are added unless they are here.
    std::vector<Header> headers;
    std::string body;
    std::uint64_t body_limit = 0;     ///< bytes of a 2xx answer's body; a longer one is too_large
    bool may_skip_body = false;       ///< a body that is announced as longer is not read: see Response::skipped_size
    SteadyTime deadline;              ///< of std::chrono::steady_clock
    bool new_connection = false;      ///< never on a connection that was used before
    std::shared_ptr<bool> has_begun;  ///< becomes true as the first byte of the answer comes; may be null
};

/// What a server answered.
struct Response {
    unsigned status = 0;
    std::vector<Header> headers;  ///< in the server's order and spelling
    /// As sent, without the framing of chunks; Content-Encoding is the caller's business. Of an answer that is no 2xx
    /// at most `error_body_limit` bytes, or the request's body_limit where that is larger: the rest is cut off.
    std::vector<std::byte> body;
    /// The Content-Length of a body that was not read, because it is over the limit and may_skip_body is set.
    std::optional<std::uint64_t> skipped_size;

    /// The first header of that name, whatever its case. Lifetime: views this.
    std::optional<std::string_view> find(std::string_view name) const;
};

/// An error's explanation arrives even where only a few bytes were asked for.
constexpr std::uint64_t error_body_limit = 64 * 1024;

}  // namespace tapalcatl::net
