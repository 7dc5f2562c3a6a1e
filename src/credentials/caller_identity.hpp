#pragma once

#include "base/error.hpp"
#include "credentials/provider_request.hpp"

#include <string>
#include <string_view>

namespace tapalcatl::credentials {

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

}  // namespace tapalcatl::credentials
