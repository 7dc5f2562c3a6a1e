#pragma once

#include "base/awaitable.hpp"
#include "base/bytes.hpp"
#include "base/clock.hpp"
#include "base/error.hpp"
#include "base/url.hpp"
#include "net/client.hpp"

#include <boost/asio/any_io_executor.hpp>

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tapalcatl::lambda {

/// One event, and what Lambda says about it.
struct Invocation {
    std::string request_id;
    std::string trace_id;              ///< of X-Ray; may be empty
    std::optional<WallTime> deadline;  ///< when Lambda ends the process if there is no answer
    std::string payload;
};

/// A client of Lambda's Runtime API, version 2018-06-01. It is used on one executor.
///
/// Each invocation has exactly one answer: respond() or report(). A lost connection is replaced within each call.
class RuntimeApi {
 public:
    /// `address` is the value of AWS_LAMBDA_RUNTIME_API, "127.0.0.1:9001". Fails: usage if it is no address.
    /// Lifetime: the executor's context and the clock outlive this.
    static Result<RuntimeApi> make(std::string_view address, boost::asio::any_io_executor executor, const Clock& clock);

    /// Waits for the next invocation, without a time limit: the process is frozen in this call.
    /// Fails: unavailable if the API is gone, corrupt if it does not speak its protocol. The process has to end then.
    Awaitable<Result<Invocation>> next();

    /// Passes on the result of an invocation, which is JSON.
    /// Fails: bad_request if the result is refused (too large, or too late); the next invocation may follow.
    /// unavailable if the process has to end.
    Awaitable<Result<void>> respond(std::string request_id, std::string result);

    /// Passes on the result of an invocation whose front takes a stream: `head` is JSON with status and headers, `body`
    /// the body as the client gets it. Fails: as respond().
    Awaitable<Result<void>> stream(std::string request_id, std::string head, SharedBytes body);

    /// Tells that an invocation failed. `type` is like "Function.InvalidEvent". Fails: as respond().
    Awaitable<Result<void>> report(std::string request_id, std::string_view type, std::string_view message);

    /// Tells that the process cannot start. Fails: as respond().
    Awaitable<Result<void>> report_init(std::string_view type, std::string_view message);

 private:
    RuntimeApi(Url base, const net::Client& client) : base_(std::move(base)), client_(client) {}

    net::Request request(std::string method, std::string_view path) const;
    Awaitable<Result<void>> post(std::string path, net::Body body, std::vector<net::Header> headers,
                                 std::chrono::milliseconds timeout);

    Url base_;
    net::Client client_;
};

}  // namespace tapalcatl::lambda
