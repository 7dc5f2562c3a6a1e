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

/// Roles by way of STS, with other credentials or with a web identity's token, and whose credentials are.
namespace tapalcatl::credentials {

struct ProviderConfig;

/// Ask STS for the role, signed with the credentials of `source`.
struct AssumeRole {
    std::string role_arn;
    std::string session_name;  ///< empty: any
    std::string external_id;
    std::optional<std::chrono::seconds> duration;
    std::shared_ptr<const ProviderConfig> source;  ///< never null
};

/// Ask STS for the role, with the token that is in the file at the time of asking.
struct WebIdentity {
    std::string role_arn;
    std::string session_name;  ///< empty: any
    std::string token_file;
};

/// Where STS is, and the region to sign for.
struct StsAddress {
    std::string url;  ///< with a '/' at its end
    std::string region;
};

/// STS of `region`; of us-east-1 if that is empty. AWS_ENDPOINT_URL_STS and AWS_ENDPOINT_URL name another.
/// Fails: usage if the region's name is none, or the variable's URL has a query, a path or a user.
Result<StsAddress> sts_address(const Environment& environment, std::string_view region);

/// For parse_sts_response. `source` are the credentials of config.source.
ProviderRequest assume_role_request(const AssumeRole& config, const aws::Credentials& source, const StsAddress& sts,
                                    aws::Signer& signer, WallTime now);

/// For parse_sts_response. `token` is what config.token_file has now; it is not signed. Fails: usage if it is empty.
Result<ProviderRequest> web_identity_request(const WebIdentity& config, std::string_view token, const StsAddress& sts);

/// STS's XML for AssumeRole and AssumeRoleWithWebIdentity.
/// Fails: corrupt if it is no such answer or lacks a part; denied if it is STS's error, with its code and message.
Result<aws::Credentials> parse_sts_response(std::string_view body);

/// Whom AWS takes the owner of some credentials for.
struct CallerIdentity {
    std::string arn;
    std::string account;
};

/// Asks STS whose `credentials` are: GetCallerIdentity, which needs no permission.
ProviderRequest caller_identity_request(const aws::Credentials& credentials, const StsAddress& sts, aws::Signer& signer,
                                        WallTime now);

/// What STS answers to it. Fails: denied if it is STS's error, with its code and message; corrupt if it is neither.
Result<CallerIdentity> parse_caller_identity(std::string_view body);

std::unique_ptr<Provider> assume_role_provider(const AssumeRole& config, const ProviderContext& context);
std::unique_ptr<Provider> web_identity_provider(const WebIdentity& config, const ProviderContext& context);

}  // namespace tapalcatl::credentials
