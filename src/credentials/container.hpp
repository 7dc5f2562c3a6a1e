#pragma once

#include "base/environment.hpp"
#include "base/error.hpp"
#include "base/text.hpp"
#include "credentials/provider.hpp"

#include <memory>
#include <optional>
#include <string>

namespace tapalcatl::credentials {

/// Ask the container's agent: GET `url`, with the token, if there is one, as Authorization.
struct Container {
    std::string url;
    Secret token;
    std::string token_file;  ///< read at each request; wins over `token`
};

/// Where the container's agent gives credentials: AWS_CONTAINER_CREDENTIALS_RELATIVE_URI (ECS) or
/// AWS_CONTAINER_CREDENTIALS_FULL_URI (EKS Pod Identity and others); nullopt if neither is set.
///
/// Fails: usage if a token could go astray: plain http is only for the host itself and the agents' own addresses.
Result<std::optional<std::string>> container_url(const Environment& environment);

/// For parse_container_response. `token` is what config.token_file has now, if it is named; else config.token.
/// Fails: usage if the token cannot be in a header.
Result<ProviderRequest> container_request(const Container& config, const Secret& token);

std::unique_ptr<Provider> container_provider(const Container& config, const ProviderContext& context);

}  // namespace tapalcatl::credentials
