#pragma once

#include "aws/credentials.hpp"
#include "base/clock.hpp"
#include "base/error.hpp"

#include <cstddef>
#include <string_view>

/// What those who give credentials answer. All of it is foreign: nothing here fails otherwise than by its Result, and
/// no error shows any part of an answer but the code and message that an error has.
namespace tapalcatl::credentials {

constexpr std::size_t max_response_bytes = 64 * 1024;

/// STS's XML for AssumeRole and AssumeRoleWithWebIdentity.
/// Fails: corrupt if it is no such answer or lacks a part; denied if it is STS's error, with its code and message.
Result<aws::Credentials> parse_sts_response(std::string_view body);

/// The JSON of a container's agent or of EC2's metadata service. Both always say when the credentials expire.
/// Fails: corrupt, as above; denied if it has a Code other than Success.
Result<aws::Credentials> parse_container_response(std::string_view body);

/// What a credential_process prints: version 1; without SessionToken and Expiration the keys do not expire.
/// Fails: corrupt, unsupported (another version).
Result<aws::Credentials> parse_process_output(std::string_view output);

/// The portal's answer to GetRoleCredentials. Fails: corrupt.
Result<aws::Credentials> parse_sso_response(std::string_view body);

/// A token that `aws sso login` has left in its cache.
struct SsoToken {
    Secret access_token;
    WallTime expires;
};

/// Fails: corrupt.
Result<SsoToken> parse_sso_token(std::string_view text);

}  // namespace tapalcatl::credentials
