#pragma once

#include "aws/sigv4.hpp"
#include "base/clock.hpp"
#include "base/environment.hpp"
#include "base/error.hpp"
#include "credentials/answers.hpp"
#include "credentials/chain.hpp"

#include <string>
#include <string_view>

/// What to ask of those who give credentials. Who asks sends a request as it is, and adds Content-Length.
namespace tapalcatl::credentials {

/// One HTTP request. Not for logs: URL apart, all of it may be secret.
struct ProviderRequest {
    std::string method = "GET";
    std::string url = {};       ///< whole, encoded
    aws::Headers headers = {};  ///< "host" among them
    std::string body = {};
};

/// Where STS is, and the region to sign for.
struct StsAddress {
    std::string url;  ///< with a '/' at its end
    std::string region;
};

/// STS of `region`; of us-east-1 if that is empty. AWS_ENDPOINT_URL_STS and AWS_ENDPOINT_URL name another.
/// Fails: usage if the region's name is none, or the variable's URL has a query, a path or a user.
Result<StsAddress> sts_address(const Environment& environment, std::string_view region);

/// A call of STS that is signed with `credentials`. `action` is what it is to do, without Version.
ProviderRequest sts_request(Query action, const aws::Credentials& credentials, const StsAddress& sts,
                            aws::Signer& signer, WallTime now);

/// For parse_sts_response. `source` are the credentials of config.source.
ProviderRequest assume_role_request(const AssumeRole& config, const aws::Credentials& source, const StsAddress& sts,
                                    aws::Signer& signer, WallTime now);

/// For parse_sts_response. `token` is what config.token_file has now; it is not signed. Fails: usage if it is empty.
Result<ProviderRequest> web_identity_request(const WebIdentity& config, std::string_view token, const StsAddress& sts);

/// For parse_container_response. `token` is what config.token_file has now, if it is named; else config.token.
/// Fails: usage if the token cannot be in a header.
Result<ProviderRequest> container_request(const Container& config, const Secret& token);

/// First of three: the body of the answer is a token.
ProviderRequest metadata_token_request(const InstanceMetadata& config);

/// Second: the body of the answer is the name of the instance's role; 404: there is none.
/// Fails: corrupt if the token cannot be in a header.
Result<ProviderRequest> metadata_role_request(const InstanceMetadata& config, const Secret& token);

/// Third, for parse_container_response. Fails: corrupt if the token or the role cannot be in a header or path.
Result<ProviderRequest> metadata_credentials_request(const InstanceMetadata& config, const Secret& token,
                                                     std::string_view role);

/// In place of the second: the body of the answer is the region. Fails: corrupt, as above.
Result<ProviderRequest> metadata_region_request(const InstanceMetadata& config, const Secret& token);

/// For parse_sso_response. Fails: denied if the token has expired, usage if the region's name is none.
Result<ProviderRequest> sso_request(const Sso& config, const SsoToken& token, WallTime now);

}  // namespace tapalcatl::credentials
