#pragma once

#include "aws/credentials.hpp"
#include "base/environment.hpp"
#include "base/error.hpp"
#include "credentials/profile.hpp"

#include <optional>
#include <string_view>

namespace tapalcatl::credentials {

/// AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN and AWS_CREDENTIAL_EXPIRATION; nullopt if neither of the
/// first two is set. Fails: usage, saying which is missing if one is, or what is wrong with one.
Result<std::optional<aws::Credentials>> environment_credentials(const Environment& environment);

/// Keys of a file as credentials. Requires: keys.given(). Fails: usage, as above; `profile` is named in it.
Result<aws::Credentials> profile_credentials(const FileKeys& keys, std::string_view profile);

}  // namespace tapalcatl::credentials
