#pragma once

#include "aws/credentials.hpp"
#include "aws/sigv4.hpp"
#include "base/clock.hpp"
#include "base/environment.hpp"
#include "base/error.hpp"
#include "base/url.hpp"
#include "credentials/provider.hpp"
#include "credentials/retrying_client.hpp"

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

/// STS: roles that are assumed with other credentials or with a web identity token, and the identity of a caller.
namespace tapalcatl::credentials {

struct ProviderConfig;

/// Assume the role with the credentials of `source` (AssumeRole).
struct AssumeRole {
    std::string role_arn;
    std::string session_name;  ///< empty: "tapalcatl"
    std::string external_id;
    std::optional<std::chrono::seconds> duration;
    std::shared_ptr<const ProviderConfig> source;  ///< never null
};

/// Assume the role with the token in a file, which is read for each request (AssumeRoleWithWebIdentity).
struct WebIdentity {
    std::string role_arn;
    std::string session_name;  ///< empty: "tapalcatl"
    std::string token_file;
};

/// The endpoint of STS and the region to sign for.
struct StsAddress {
    std::string url;  ///< ends with '/'
    std::string region;
};

/// The endpoint of STS; without a region that of us-east-1.
/// Fails: usage for an invalid region, and for a URL with a query, a path or a user.
Result<StsAddress> sts_address(const ServiceEndpoints& endpoints);

/// AssumeRole, for parse_sts_response. `source` are the credentials of config.source.
ProviderRequest assume_role_request(const AssumeRole& config, const aws::Credentials& source, const StsAddress& sts,
                                    aws::Signer& signer, WallTime now);

/// AssumeRoleWithWebIdentity, for parse_sts_response. `token` is the content of config.token_file. It is not signed.
/// Fails: usage if it is empty.
Result<ProviderRequest> web_identity_request(const WebIdentity& config, std::string_view token, const StsAddress& sts);

/// Parses the response to AssumeRole and AssumeRoleWithWebIdentity.
/// Fails: denied for an error response, with its code and message; corrupt if it is neither.
Result<aws::Credentials> parse_sts_response(std::string_view body);

/// The owner of some credentials.
struct CallerIdentity {
    std::string arn;
    std::string account;
};

/// GetCallerIdentity, which needs no permission.
ProviderRequest caller_identity_request(const aws::Credentials& credentials, const StsAddress& sts, aws::Signer& signer,
                                        WallTime now);

/// Parses the response to it. Fails: as parse_sts_response.
Result<CallerIdentity> parse_caller_identity(std::string_view body);

std::unique_ptr<Provider> assume_role_provider(const AssumeRole& config, const ProviderContext& context);
std::unique_ptr<Provider> web_identity_provider(const WebIdentity& config, const ProviderContext& context);

}  // namespace tapalcatl::credentials
