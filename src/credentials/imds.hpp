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

/// Fetch from the metadata service of EC2, version 2.
struct InstanceMetadata {
    std::string endpoint;                                      ///< "http://169.254.169.254"; does not end with '/'
    std::optional<std::chrono::seconds> attempt_timeout = {};  ///< nullopt: ProviderTimeouts::metadata_attempt
    std::optional<unsigned> max_attempts = {};                 ///< nullopt: 3
};

/// The first of three requests: the body of the response is a token.
ProviderRequest metadata_token_request(const InstanceMetadata& config);

/// The second: the body of the response is the name of the role of the instance. Status 404 means that it has none.
/// Fails: corrupt if the token cannot be in a header.
Result<ProviderRequest> metadata_role_request(const InstanceMetadata& config, const Secret& token);

/// The third, for parse_container_response. Fails: corrupt if the token or the role cannot be in a header or path.
Result<ProviderRequest> metadata_credentials_request(const InstanceMetadata& config, const Secret& token,
                                                     std::string_view role);

/// In place of the second: the body of the response is the region. Fails: corrupt, as above.
Result<ProviderRequest> metadata_region_request(const InstanceMetadata& config, const Secret& token);

/// A client of the metadata service, which holds the token that each request needs. Used on one executor.
/// Lifetime: `retrying_client` outlives this, and this outlives its calls.
class ImdsClient {
 public:
    /// `attempt` is how long one request may take. The service is near, or does not exist.
    ImdsClient(InstanceMetadata config, RetryingClient& client, std::chrono::milliseconds attempt)
        : config_(std::move(config)), client_(client), attempt_(attempt) {}

    /// Fetches a token, unless a valid one is held.
    /// Fails: unavailable and timeout if there is no service, denied if it refuses a token, corrupt.
    Awaitable<Result<void>> open(SteadyTime deadline);

    /// Builds a request with the token.
    using RequestBuilder = Result<ProviderRequest> (*)(const InstanceMetadata& config, const Secret& token,
                                                       std::string_view detail);

    /// The response to `question`, of any status. A token that is no longer accepted is replaced once.
    /// Fails: as open() and RetryingClient::send.
    Awaitable<Result<ProviderResponse>> get(RequestBuilder question, std::string detail, SteadyTime deadline);

    /// Whether the service has ever issued a token.
    bool has_responded() const { return has_responded_; }
    const std::string& endpoint() const { return config_.endpoint; }

 private:
    RetryLimits retry_limits(bool retries_unreachable) const;

    InstanceMetadata config_;
    RetryingClient& client_;
    std::chrono::milliseconds attempt_;
    std::optional<Secret> token_;
    SteadyTime token_ends_{};
    bool has_responded_ = false;
};

/// The region of this instance, from the metadata service, for when none is configured.
/// Lifetime: the client and the clock outlive the call.
/// Fails: unavailable, timeout, denied if the service does not exist or refuses; corrupt if the response is no region.
Awaitable<Result<std::string>> metadata_region(InstanceMetadata config, net::Client& client, const Clock& clock,
                                               SteadyTime deadline);

std::unique_ptr<Provider> imds_provider(const InstanceMetadata& config, const ProviderContext& context);

}  // namespace tapalcatl::credentials
