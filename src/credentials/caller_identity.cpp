#include "credentials/caller_identity.hpp"

#include "aws/xml.hpp"
#include "base/text.hpp"

namespace tapalcatl::credentials {

ProviderRequest caller_identity_request(const aws::Credentials& credentials, const StsAddress& sts, aws::Signer& signer,
                                        WallTime now) {
    return sts_request({{"Action", "GetCallerIdentity"}}, credentials, sts, signer, now);
}

Result<CallerIdentity> parse_caller_identity(std::string_view body) {
    const auto leaves = aws::XmlLeaves::parse(body);
    if (!leaves) {
        return leaves.error();
    }
    const auto code = leaves->text("Error/Code");
    if (!code.empty()) {
        return fail(Errc::denied, "{}: {}", printable(code.substr(0, 64)),
                    printable(leaves->text("Error/Message").substr(0, 200)));
    }
    CallerIdentity identity;
    identity.arn = leaves->text("GetCallerIdentityResult/Arn");
    identity.account = leaves->text("GetCallerIdentityResult/Account");
    if (identity.arn.empty()) {
        return fail(Errc::corrupt, "no answer of STS: the ARN is missing");
    }
    return identity;
}

}  // namespace tapalcatl::credentials
