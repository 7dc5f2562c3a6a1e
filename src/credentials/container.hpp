#pragma once

#include "base/environment.hpp"
#include "base/error.hpp"
#include "base/text.hpp"
#include "credentials/provider.hpp"

#include <memory>
#include <optional>
#include <string>

namespace tapalcatl::credentials {

/// Fetch from the container agent: GET `url`, with the token, if there is one, as Authorization.
struct Container {
    std::string url;
    Secret token;
    std::string token_file;  ///< read for each request; wins over `token`
};

/// The URL of the container agent: AWS_CONTAINER_CREDENTIALS_RELATIVE_URI (ECS) or
/// AWS_CONTAINER_CREDENTIALS_FULL_URI (EKS Pod Identity and others); nullopt if neither is set.
///
/// Fails: usage if the URL is invalid, or uses plain http to another host than this machine and the agents of ECS and
/// EKS, because the token must not be sent in the clear.
Result<std::optional<std::string>> container_url(const Environment& environment);

/// The request for parse_container_response. `token` is the content of config.token_file, else config.token.
/// Fails: usage if the token cannot be in a header.
Result<ProviderRequest> container_request(const Container& config, const Secret& token);

std::unique_ptr<Provider> container_provider(const Container& config, const ProviderContext& context);

}  // namespace tapalcatl::credentials
