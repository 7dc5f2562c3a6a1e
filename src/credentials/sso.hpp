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

/// IAM Identity Center (single sign-on): roles from its portal, with the token that `aws sso login` has cached.
namespace tapalcatl::credentials {

/// Fetch the role from the portal, with the token that `aws sso login` has cached.
struct Sso {
    std::string region, account_id, role_name;
    std::string token_file;
    std::string session = {};  ///< the sso-session, whose tokens can be renewed; empty: none
};

/// A token that `aws sso login` has cached.
struct SsoToken {
    Secret access_token;
    WallTime expires;
};

/// Parses a file of the cache. Fails: corrupt.
Result<SsoToken> parse_sso_token(std::string_view text);

/// CreateToken with the refresh token of a file of the cache. `oidc_url` ends with '/'.
/// Fails: denied if the file has no refresh token, or the registration of the client has expired; corrupt.
Result<ProviderRequest> token_renewal_request(std::string_view cached, std::string_view oidc_url, WallTime now);

/// The file of the cache with the new token of a response to CreateToken. Fails: corrupt.
Result<std::string> renewed_token(std::string_view cached, std::string_view response, WallTime now);

/// GetRoleCredentials, for parse_sso_response. Fails: denied if the token has expired, usage for an invalid region.
Result<ProviderRequest> sso_request(const Sso& config, const SsoToken& token, const ServiceEndpoints& endpoints,
                                    WallTime now);

/// Parses the response to GetRoleCredentials. Fails: corrupt.
Result<aws::Credentials> parse_sso_response(std::string_view body);

std::unique_ptr<Provider> sso_provider(const Sso& config, const ProviderContext& context);

}  // namespace tapalcatl::credentials
