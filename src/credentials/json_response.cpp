#include "credentials/json_response.hpp"

#include "aws/timestamp.hpp"
#include "base/text.hpp"
#include "credentials/retrying_client.hpp"

#include <boost/json/parse.hpp>

#include <optional>
#include <utility>

namespace tapalcatl::credentials {

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
        return fail(Errc::corrupt, "not a JSON object");
    }
    return std::move(value.as_object());
}

std::string text_of(const json::object& object, std::string_view name) {
    const auto* const value = object.if_contains(name);
    const auto* const text = value == nullptr ? nullptr : value->if_string();
    return text == nullptr ? std::string() : std::string(text->data(), text->size());
}

std::string error_text(std::string_view code, std::string_view message) {
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

Result<aws::Credentials> credentials_of(const json::object& object, std::string_view token_name, bool must_expire) {
    aws::Credentials credentials{text_of(object, "AccessKeyId"), Secret(text_of(object, "SecretAccessKey")),
                                 Secret(text_of(object, token_name)), std::nullopt};
    const auto expiration = text_of(object, "Expiration");
    if (!expiration.empty() || must_expire) {
        credentials.expires = aws::parse_timestamp(expiration);
        if (!credentials.expires) {
            return fail(Errc::corrupt, "the Expiration is not a time");
        }
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
        return fail(Errc::denied, "{}", error_text(code, text_of(*object, "Message")));
    }
    return credentials_of(*object, "Token", true);
}

}  // namespace tapalcatl::credentials
