#pragma once

#include "base/awaitable.hpp"
#include "base/clock.hpp"
#include "base/error.hpp"
#include "base/text.hpp"
#include "credentials/provider.hpp"
#include "credentials/retrying_client.hpp"

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace tapalcatl::net {
class Client;
}

namespace tapalcatl::credentials {

/// Ask EC2's metadata service, version 2.
struct InstanceMetadata {
    std::string endpoint;  ///< "http://169.254.169.254", without '/' at its end
};

/// First of three: the body of the answer is a token.
ProviderRequest metadata_token_request(const InstanceMetadata& config);

/// Second: the body of the answer is the name of the instance's role; 404: there is none.
/// Fails: corrupt if the token cannot be in a header.
Result<ProviderRequest> metadata_role_request(const InstanceMetadata& config, const Secret& token);

/// Third, for parse_container_response. Fails: corrupt if the token or the role cannot be in a header or path.
Result<ProviderRequest> metadata_credentials_request(const InstanceMetadata& config, const Secret& token,
                                                     std::string_view role);

/// In place of the second: the body of the answer is the region. Fails: corrupt, as above.
Result<ProviderRequest> metadata_region_request(const InstanceMetadata& config, const Secret& token);

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

/// The region of the instance that this runs on, asked of EC2's metadata service; for where no region is configured.
/// Lifetime: the client and the clock outlive the call.
/// Fails: unavailable, timeout, denied (the service is not there, or does not tell), corrupt (no region's name).
Awaitable<Result<std::string>> metadata_region(InstanceMetadata config, net::Client& client, const Clock& clock,
                                               SteadyTime deadline);

std::unique_ptr<Provider> imds_provider(const InstanceMetadata& config, const ProviderContext& context);

}  // namespace tapalcatl::credentials
