#pragma once

#include "aws/credentials.hpp"
#include "base/environment.hpp"
#include "base/error.hpp"
#include "credentials/profile.hpp"

#include <optional>
#include <string_view>

namespace tapalcatl::credentials {

/// AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN and AWS_CREDENTIAL_EXPIRATION; nullopt if neither of the
/// first two is set. Fails: usage if one of the two is missing or invalid.
Result<std::optional<aws::Credentials>> environment_credentials(const Environment& environment);

/// The keys of a profile as credentials. Requires: keys.given(). Fails: usage, as above; the message names `profile`.
Result<aws::Credentials> profile_credentials(const FileKeys& keys, std::string_view profile);

}  // namespace tapalcatl::credentials
