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
    auto token = environment.setting("AWS_SECURITY_TOKEN");  // the older name, which wins in boto3
    if (!token) {
        token = environment.setting("AWS_SESSION_TOKEN");
    }
    credentials.session_token = Secret(token.value_or(""));
    if (const auto expiration = environment.setting("AWS_CREDENTIAL_EXPIRATION")) {
        credentials.expires = aws::parse_timestamp(*expiration);
        if (!credentials.expires) {
            return fail(Errc::usage, "AWS_CREDENTIAL_EXPIRATION is not a time like 2026-11-23T12:00:00Z");
        }
    }
    auto good = aws::checked(std::move(credentials));
    if (!good) {
        return good.error().within("AWS credentials in the environment");
    }
    return std::optional(std::move(*good));
}

Result<aws::Credentials> profile_credentials(const FileKeys& keys, std::string_view profile) {
    const auto where = fmt::format("profile {}", printable(profile));
    if (!keys.secret_access_key) {
        return fail(Errc::usage, "{}: aws_secret_access_key is missing", where);
    }
    auto good = aws::checked({*keys.access_key_id, *keys.secret_access_key, keys.session_token, {}});
    if (!good) {
        return good.error().within(where);
    }
    return good;
}

}  // namespace tapalcatl::credentials
