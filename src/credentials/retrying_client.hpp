#pragma once

#include "aws/sigv4.hpp"
#include "base/awaitable.hpp"
#include "base/clock.hpp"
#include "base/error.hpp"

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tapalcatl::net {
class Client;
}

namespace tapalcatl::credentials {

/// Longer responses of a credential service are refused.
constexpr std::size_t max_response_bytes = 64 * 1024;

/// A request to a credential service. Everything but the URL may be secret and does not belong in logs.
struct ProviderRequest {
    std::string method = "GET";
    std::string url = {};       ///< absolute and encoded
    aws::Headers headers = {};  ///< "host" among them
    std::string body = {};
};

/// Whether `text` can be the value of a header.
bool fits_a_header(std::string_view text);

/// The value of the header Host for `url`; empty if that is no URL.
std::string host_header(std::string_view url);

/// The response of a credential service. It may hold secrets and does not belong in logs.
struct ProviderResponse {
    unsigned status = 0;
    std::string body;
    std::vector<std::pair<std::string, std::string>> headers;

    bool is_good() const { return status >= 200 && status < 300; }
    /// The first header of that name, in any case; empty if there is none. Lifetime: views this.
    std::string_view header(std::string_view name) const;
};

/// How many attempts a request gets, and how long each may take.
struct RetryLimits {
    std::chrono::milliseconds attempt_timeout{5'000};
    unsigned max_attempts = 3;
    std::chrono::milliseconds first_delay{100};  ///< before the second attempt; doubles before each further one
    bool retries_unreachable = true;             ///< false: a failed connection is not retried
};

/// Sends requests to providers over HTTP and retries transient failures. Used on one executor.
///
/// Lifetime: the client and the clock outlive it or its close(). It outlives the calls that are under way.
class RetryingClient {
 public:
    RetryingClient(net::Client& client, const Clock& clock) : http_(&client), clock_(&clock) {}

    /// The response, whatever its status. Statuses 429 and 5xx, STS's codes for throttling, time-outs and failed
    /// connections are retried.
    /// Fails: unavailable, timeout, and as net::Client::send. Of the request, messages contain only the host.
    Awaitable<Result<ProviderResponse>> send(ProviderRequest request, RetryLimits limits, SteadyTime deadline);

    /// Makes calls that are under way fail. The client and the clock are not used any more.
    void close() { http_ = nullptr; }
    bool is_closed() const { return http_ == nullptr; }

    /// Requires: !is_closed(), as it is right after a send() that succeeded.
    const Clock& clock() const { return *clock_; }

 private:
    Awaitable<Result<ProviderResponse>> send_once(ProviderRequest request, std::chrono::milliseconds limit,
                                                  SteadyTime deadline);

    net::Client* http_;
    const Clock* clock_;
};

/// The error of a RetryingClient that was closed.
Error closed_error();

}  // namespace tapalcatl::credentials
