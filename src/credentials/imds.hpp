#pragma once

#include "base/awaitable.hpp"
#include "base/clock.hpp"
#include "base/error.hpp"
#include "base/secret.hpp"
#include "credentials/chain.hpp"
#include "credentials/provider_request.hpp"
#include "credentials/retrying_client.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace tapalcatl::credentials {

/// EC2's metadata service, version 2, and the token that it wants with each request. Used on one executor.
/// Lifetime: `retrying_client` outlives this, and this the calls that are under way.
class ImdsClient {
 public:
    /// `attempt`: how long one request may take. The service is near, or not there at all.
    ImdsClient(InstanceMetadata config, RetryingClient& client, std::chrono::milliseconds attempt)
        : config_(std::move(config)), client_(client), attempt_(attempt) {}

    /// Gets a token, unless one is held.
    /// Fails: unavailable, timeout (nobody is there), denied (somebody is, and gives no token), corrupt.
    Awaitable<Result<void>> open(SteadyTime deadline);

    /// What to ask, with that token.
    using Question = Result<ProviderRequest> (*)(const InstanceMetadata& config, const Secret& token,
                                                 std::string_view detail);

    /// The answer to `question`, whatever its status. A token that is not accepted any more is replaced, once.
    /// Fails: as open() and RetryingClient::send.
    Awaitable<Result<ProviderResponse>> get(Question question, std::string detail, SteadyTime deadline);

    /// Whether it ever gave a token.
    bool was_there() const { return was_there_; }
    const std::string& endpoint() const { return config_.endpoint; }

 private:
    RetryLimits retry_limits(bool retries_unreachable) const;

    InstanceMetadata config_;
    RetryingClient& client_;
    std::chrono::milliseconds attempt_;
    std::optional<Secret> token_;
    SteadyTime token_ends_{};
    bool was_there_ = false;
};

}  // namespace tapalcatl::credentials
