#pragma once

#include "base/awaitable.hpp"
#include "base/clock.hpp"
#include "base/error.hpp"
#include "credentials/provider_request.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tapalcatl::net {
class Client;
}

namespace tapalcatl::credentials {

/// What somebody who gives credentials answered. Not for logs.
struct ProviderAnswer {
    unsigned status = 0;
    std::string body;
    std::vector<std::pair<std::string, std::string>> headers;

    bool is_good() const { return status >= 200 && status < 300; }
    /// The first header of that name, whatever its case; empty if there is none. Lifetime: views this.
    std::string_view header(std::string_view name) const;
};

/// How long somebody is asked who does not answer well.
struct Patience {
    std::chrono::milliseconds attempt{5'000};
    unsigned attempts = 3;
    std::chrono::milliseconds pause{100};  ///< before the second attempt; twice as long before each further one
    bool expects_somebody = true;          ///< false: where nobody listens, nobody is asked again
};

/// Asks those who give credentials over HTTP, more than once if they fail in a way that passes. Used on one executor.
///
/// Lifetime: the client and the clock outlive it or its close(). It outlives the calls that are under way.
class Asker {
 public:
    Asker(net::Client& client, const Clock& clock) : client_(&client), clock_(&clock) {}

    /// The answer, whatever its status, unless that is 429, 5xx or STS's word for the like: these, time-outs and
    /// failing connections are tried again.
    /// Fails: unavailable, timeout, and as net::Client::send. No message has anything of the request but the host.
    Awaitable<Result<ProviderAnswer>> ask(ProviderRequest request, Patience patience, SteadyTime deadline);

    /// From now on the client and the clock may be gone. What is under way fails.
    void close() { client_ = nullptr; }
    bool is_closed() const { return client_ == nullptr; }

    /// Requires: !is_closed(), as it is right after an ask() that succeeded.
    const Clock& clock() const { return *clock_; }

 private:
    Awaitable<Result<ProviderAnswer>> ask_once(ProviderRequest request, std::chrono::milliseconds limit,
                                               SteadyTime deadline);

    net::Client* client_;
    const Clock* clock_;
};

/// What an Asker that was closed says.
Error closed_error();

}  // namespace tapalcatl::credentials
