#include "credentials/environment.hpp"

#include "aws/timestamp.hpp"
#include "base/text.hpp"

#include <fmt/format.h>

namespace tapalcatl::credentials {

Result<std::optional<aws::Credentials>> environment_credentials(const Environment& environment) {
    const auto id = environment.setting("AWS_ACCESS_KEY_ID");
    const auto secret = environment.setting("AWS_SECRET_ACCESS_KEY");
    if (!id) {
        return std::optional<aws::Credentials>();  // boto3 passes over a secret without an id, too
    }
    if (!secret) {
        return fail(Errc::usage, "AWS_ACCESS_KEY_ID is set, AWS_SECRET_ACCESS_KEY is missing");
    }
    aws::Credentials credentials{*id, Secret(*secret), {}, {}};
    // The older name wins in boto3.
    const auto* const token_variable =
        environment.setting("AWS_SECURITY_TOKEN") ? "AWS_SECURITY_TOKEN" : "AWS_SESSION_TOKEN";
    credentials.session_token = Secret(environment.setting(token_variable).value_or(""));
    if (const auto expiration = environment.setting("AWS_CREDENTIAL_EXPIRATION")) {
        credentials.expires = aws::parse_timestamp(*expiration);
        if (!credentials.expires) {
            return fail(Errc::usage, "AWS_CREDENTIAL_EXPIRATION='{}': expected a time such as 2026-11-23T12:00:00Z",
                        printable(*expiration));
        }
    }
    auto good = aws::checked(std::move(credentials), {"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", token_variable});
    if (!good) {
        return good.error();
    }
    return std::optional(std::move(*good));
}

Result<aws::Credentials> profile_credentials(const FileKeys& keys, std::string_view profile) {
    const auto where = fmt::format("profile {}", printable(profile));
    if (!keys.secret_access_key) {
        return fail(Errc::usage, "{}: aws_secret_access_key is missing", where);
    }
    auto good = aws::checked({*keys.access_key_id, *keys.secret_access_key, keys.session_token, {}},
                             {"aws_access_key_id", "aws_secret_access_key", "aws_session_token"});
    if (!good) {
        return good.error().within(where);
    }
    return good;
}

}  // namespace tapalcatl::credentials
