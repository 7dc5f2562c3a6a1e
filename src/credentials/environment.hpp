#pragma once

#include "aws/credentials.hpp"
#include "base/environment.hpp"
#include "base/error.hpp"
#include "credentials/profile.hpp"

#include <optional>
#include <string_view>

namespace tapalcatl::credentials {

/// AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN and AWS_CREDENTIAL_EXPIRATION; nullopt if the
/// first is not set, as in boto3. Fails: usage if the second is missing, or one of them is invalid.
Result<std::optional<aws::Credentials>> environment_credentials(const Environment& environment);

/// The keys of a profile as credentials. Requires: keys.access_key_id. Fails: usage, as above; the message names
/// `profile`.
Result<aws::Credentials> profile_credentials(const FileKeys& keys, std::string_view profile);

}  // namespace tapalcatl::credentials
