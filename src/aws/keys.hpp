#pragma once

#include "aws/credentials.hpp"
#include "aws/outside.hpp"
#include "aws/profile.hpp"
#include "base/error.hpp"

#include <optional>
#include <string_view>

namespace tapalcatl::aws {

/// AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN and AWS_CREDENTIAL_EXPIRATION; nullopt if neither of the
/// first two is set. Fails: usage, saying which is missing if one is, or what is wrong with one.
Result<std::optional<Credentials>> environment_keys(const Outside& outside);

/// Keys of a file as credentials. Requires: keys.given(). Fails: usage, as above; `profile` is named in it.
Result<Credentials> file_keys(const FileKeys& keys, std::string_view profile);

}  // namespace tapalcatl::aws
