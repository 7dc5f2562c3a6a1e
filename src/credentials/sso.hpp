#pragma once

#include "aws/credentials.hpp"
#include "base/clock.hpp"
#include "base/error.hpp"
#include "base/text.hpp"
#include "credentials/provider.hpp"
#include "credentials/retrying_client.hpp"

#include <memory>
#include <string>
#include <string_view>

/// Single sign-on: roles from its portal, with the token that `aws sso login` has left in its cache.
namespace tapalcatl::credentials {

/// Ask single sign-on's portal for the role, with the cached token of `aws sso login`.
struct Sso {
    std::string region, account_id, role_name;
    std::string token_file;
};

/// A token that `aws sso login` has left in its cache.
struct SsoToken {
    Secret access_token;
    WallTime expires;
};

/// Fails: corrupt.
Result<SsoToken> parse_sso_token(std::string_view text);

/// For parse_sso_response. Fails: denied if the token has expired, usage if the region's name is none.
Result<ProviderRequest> sso_request(const Sso& config, const SsoToken& token, WallTime now);

/// The portal's answer to GetRoleCredentials. Fails: corrupt.
Result<aws::Credentials> parse_sso_response(std::string_view body);

std::unique_ptr<Provider> sso_provider(const Sso& config, const ProviderContext& context);

}  // namespace tapalcatl::credentials
