#include "credentials/answers.hpp"

#include "aws/timestamp.hpp"
#include "aws/xml.hpp"
#include "base/text.hpp"

#include <boost/json/parse.hpp>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

namespace tapalcatl::credentials {
namespace {

namespace json = boost::json;

Result<json::object> parse_object(std::string_view text) {
    if (text.size() > max_response_bytes) {
        return fail(Errc::too_large, "{} bytes, expected up to {}", text.size(), max_response_bytes);
    }
    json::parse_options options;
    options.max_depth = 16;
    boost::system::error_code error;
    auto value = json::parse(text, error, {}, options);
    if (error || !value.is_object()) {
        return fail(Errc::corrupt, "no JSON object");
    }
    return std::move(value.as_object());
}

/// A text among the members; empty if it is not there or no text.
std::string text_of(const json::object& object, std::string_view name) {
    const auto* const value = object.if_contains(name);
    const auto* const text = value == nullptr ? nullptr : value->if_string();
    return text == nullptr ? std::string() : std::string(text->data(), text->size());
}

/// An error's own words, for a log.
std::string told(std::string_view code, std::string_view message) {
    auto text = printable(code.substr(0, 64));
    return message.empty() ? text : text + ": " + printable(message.substr(0, 200));
}

Result<aws::Credentials> usable(aws::Credentials credentials) {
    auto good = aws::checked(std::move(credentials));
    if (!good) {
        return fail(Errc::corrupt, "{}", good.error().message);
    }
    return good;
}

/// What the three JSON answers have in common; they differ in the token's name.
Result<aws::Credentials> credentials_of(const json::object& object, std::string_view token_name, bool must_expire) {
    aws::Credentials credentials{text_of(object, "AccessKeyId"), Secret(text_of(object, "SecretAccessKey")),
                                 Secret(text_of(object, token_name)), std::nullopt};
    const auto expiration = text_of(object, "Expiration");
    if (!expiration.empty() || must_expire) {
        credentials.expires = aws::parse_timestamp(expiration);
        if (!credentials.expires) {
            return fail(Errc::corrupt, "no Expiration that is a time");
        }
    }
    return usable(std::move(credentials));
}

}  // namespace

Result<aws::Credentials> parse_sts_response(std::string_view body) {
    const auto leaves = aws::XmlLeaves::parse(body);
    if (!leaves) {
        return leaves.error();
    }
    const auto code = leaves->text("Error/Code");
    if (!code.empty()) {
        return fail(Errc::denied, "{}", told(code, leaves->text("Error/Message")));
    }
    aws::Credentials credentials{std::string(leaves->text("Credentials/AccessKeyId")),
                                 Secret(std::string(leaves->text("Credentials/SecretAccessKey"))),
                                 Secret(std::string(leaves->text("Credentials/SessionToken"))),
                                 aws::parse_timestamp(leaves->text("Credentials/Expiration"))};
    if (!credentials.expires || credentials.session_token.empty()) {
        return fail(Errc::corrupt, "no answer of STS: the session's token or expiration is missing");
    }
    return usable(std::move(credentials));
}

Result<aws::Credentials> parse_container_response(std::string_view body) {
    const auto object = parse_object(body);
    if (!object) {
        return object.error();
    }
    const auto code = text_of(*object, "Code");
    if (!code.empty() && code != "Success") {
        return fail(Errc::denied, "{}", told(code, text_of(*object, "Message")));
    }
    return credentials_of(*object, "Token", true);
}

Result<aws::Credentials> parse_process_output(std::string_view output) {
    const auto object = parse_object(output);
    if (!object) {
        return object.error();
    }
    const auto* const version = object->if_contains("Version");
    if (version == nullptr || !version->is_int64() || version->get_int64() != 1) {
        return fail(Errc::unsupported, "Version is not 1");
    }
    return credentials_of(*object, "SessionToken", false);
}

Result<aws::Credentials> parse_sso_response(std::string_view body) {
    const auto object = parse_object(body);
    if (!object) {
        return object.error();
    }
    const auto* const found = object->if_contains("roleCredentials");
    const auto* const role = found == nullptr ? nullptr : found->if_object();
    const auto* const expiration = role == nullptr ? nullptr : role->if_contains("expiration");
    // Milliseconds. The last ones that a nanosecond clock can hold are in 2262; a century is more than a role lasts.
    constexpr std::int64_t max_milliseconds = 7'258'118'400'000;  // the year 2200
    if (expiration == nullptr || !expiration->is_int64() || expiration->get_int64() < 0 ||
        expiration->get_int64() > max_milliseconds) {
        return fail(Errc::corrupt, "no roleCredentials with an expiration");
    }
    return usable({text_of(*role, "accessKeyId"), Secret(text_of(*role, "secretAccessKey")),
                   Secret(text_of(*role, "sessionToken")),
                   WallTime(std::chrono::milliseconds(expiration->get_int64()))});
}

Result<SsoToken> parse_sso_token(std::string_view text) {
    const auto object = parse_object(text);
    if (!object) {
        return object.error();
    }
    const auto token = text_of(*object, "accessToken");
    const auto expires = aws::parse_timestamp(text_of(*object, "expiresAt"));
    const bool fits = token.find_first_of("\r\n") == std::string::npos && !token.empty();
    if (!fits || !expires) {
        return fail(Errc::corrupt, "no accessToken with expiresAt");
    }
    return SsoToken{Secret(token), *expires};
}

}  // namespace tapalcatl::credentials
