#pragma once

#include "base/environment.hpp"
#include "base/error.hpp"

#include <optional>
#include <string>

namespace tapalcatl::credentials {

/// Where the container's agent gives credentials: AWS_CONTAINER_CREDENTIALS_RELATIVE_URI (ECS) or
/// AWS_CONTAINER_CREDENTIALS_FULL_URI (EKS Pod Identity and others); nullopt if neither is set.
///
/// Fails: usage if a token could go astray: plain http is only for the host itself and the agents' own addresses.
Result<std::optional<std::string>> container_url(const Environment& environment);

}  // namespace tapalcatl::credentials
