#include "credentials/environment.hpp"

#include "aws/timestamp.hpp"
#include "base/text.hpp"

#include <fmt/format.h>

namespace tapalcatl::credentials {

Result<std::optional<aws::Credentials>> environment_credentials(const Environment& environment) {
    const auto id = environment.setting("AWS_ACCESS_KEY_ID");
    const auto secret = environment.setting("AWS_SECRET_ACCESS_KEY");
    if (!id && !secret) {
        return std::optional<aws::Credentials>();
    }
    if (!id || !secret) {
        return fail(Errc::usage, "{} is set, {} is missing", id ? "AWS_ACCESS_KEY_ID" : "AWS_SECRET_ACCESS_KEY",
                    id ? "AWS_SECRET_ACCESS_KEY" : "AWS_ACCESS_KEY_ID");
    }
    aws::Credentials credentials{*id, Secret(*secret), {}, {}};
    auto token = environment.setting("AWS_SESSION_TOKEN");
    if (!token) {
        token = environment.setting("AWS_SECURITY_TOKEN");  // the older name
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
    if (!keys.access_key_id || !keys.secret_access_key) {
        return fail(Errc::usage, "{}: {} is missing", where,
                    keys.access_key_id ? "aws_secret_access_key" : "aws_access_key_id");
    }
    auto good = aws::checked({*keys.access_key_id, *keys.secret_access_key, keys.session_token, {}});
    if (!good) {
        return good.error().within(where);
    }
    return good;
}

}  // namespace tapalcatl::credentials
