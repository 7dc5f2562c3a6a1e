#pragma once

#include "base/body_memory.hpp"
#include "base/bytes.hpp"
#include "base/clock.hpp"
#include "base/error.hpp"
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

struct Proxy;

using Header = std::pair<std::string, std::string>;

/// The connections that a request may use. Requests of different groups share none: none waits for a connection of
/// another group. Client::new_group() makes one.
struct ConnectionGroup {
    std::uint32_t number = 0;    ///< 0: the group of all requests without another one
    std::size_t per_origin = 0;  ///< connections to each origin; of group 0, Pool::Options has the number
};

/// Bytes that are sent: the parts follow each other, and the one in the middle is not copied.
struct Body {
    std::string begin{};
    SharedBytes shared{};
    std::string end{};

    std::size_t size() const { return begin.size() + shared.size() + end.size(); }
};

/// An HTTP request.
struct Request {
    std::string method = "GET";
    Url url;
    /// Host, and Content-Length where there is a body, are added unless they are in this list. With Transfer-Encoding
    /// there is no Content-Length, and the body is in its framing already.
    std::vector<Header> headers;
    Body body{};
    std::uint64_t body_limit = 0;  ///< in bytes, for the body of a 2xx response; a longer one is too_large
    bool may_skip_body = false;    ///< do not read a longer body, but return its size: see Response::skipped_size
    SteadyTime deadline;           ///< on std::chrono::steady_clock, for the whole response
    bool new_connection = false;   ///< never use a connection that was used before
    ConnectionGroup connections{};
    std::shared_ptr<bool> has_begun;  ///< set to true when the first byte of the response arrives; may be null
    /// Of the body, which is read on only once this has grown to its size; null: it is read up to body_limit. A body of
    /// unknown length that is longer than was expected needs room for body_limit.
    std::shared_ptr<BodyCharge> charge;
};

/// An HTTP response.
struct Response {
    unsigned status = 0;
    std::vector<Header> headers;  ///< in the server's order and spelling
    /// Without the chunked framing; a Content-Encoding is not decoded. The body of a response other than 2xx is cut
    /// off after `error_body_limit` bytes, or after the request's body_limit if that is larger.
    std::vector<std::byte> body;
    /// The Content-Length of a body that was not read, because it exceeds the limit and may_skip_body is set.
    std::optional<std::uint64_t> skipped_size;

    /// The value of the first header with this name, in any case. Lifetime: views this object.
    std::optional<std::string_view> find(std::string_view name) const;
};

/// In bytes. An error response is read up to this size even if the request's body_limit is smaller, because its body
/// explains the error.
constexpr std::uint64_t error_body_limit = 64 * 1024;

/// The bytes of `request`: its head, and its body behind it. `proxy` is the proxy that an http request is sent to, or
/// null; for a proxy, the request target is the absolute URL (RFC 9112, section 3.2.2). Fails: bad_request for what
/// would break the framing, such as a line break in a header or a blank in the target.
Result<Body> write_request(const Request& request, const Proxy* proxy);

/// The CONNECT request for a tunnel to the host of `url` (RFC 9110, section 9.3.6).
std::string write_connect(const Url& url, const Proxy& proxy);

}  // namespace tapalcatl::net
