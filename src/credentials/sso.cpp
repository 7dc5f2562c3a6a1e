#include "credentials/sso.hpp"

#include "aws/endpoint.hpp"
#include "aws/timestamp.hpp"
#include "base/text.hpp"
#include "base/url.hpp"
#include "credentials/json_response.hpp"

#include <fmt/format.h>

#include <chrono>
#include <cstdint>
#include <utility>

namespace tapalcatl::credentials {

Result<SsoToken> parse_sso_token(std::string_view text) {
    const auto object = parse_object(text);
    if (!object) {
        return object.error();
    }
    const auto token = text_of(*object, "accessToken");
    const auto expires = aws::parse_timestamp(text_of(*object, "expiresAt"));
    const bool fits = token.find_first_of("\r\n") == std::string::npos && !token.empty();
    if (!fits || !expires) {
        return fail(Errc::corrupt, "accessToken or expiresAt is missing");
    }
    return SsoToken{Secret(token), *expires};
}

Result<ProviderRequest> sso_request(const Sso& config, const SsoToken& token, const ServiceEndpoints& endpoints,
                                    WallTime now) {
    if (token.expires <= now) {
        return fail(Errc::denied, "the cached single sign-on token has expired: run `aws sso login`");
    }
    constexpr aws::Service portal{"single sign-on", "portal.sso"};
    const auto url = aws::service_url(portal, config.region, endpoints.variant, endpoints.sso_url);
    if (!url) {
        return url.error();
    }
    const auto query = canonical_query({{"role_name", config.role_name}, {"account_id", config.account_id}});
    return ProviderRequest{
        .url = fmt::format("{}federation/credentials?{}", *url, query),
        .headers = {{"host", host_header(*url)}, {"x-amz-sso_bearer_token", token.access_token.reveal()}}};
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
        return fail(Errc::corrupt, "roleCredentials with an expiration are missing");
    }
    return usable({text_of(*role, "accessKeyId"), Secret(text_of(*role, "secretAccessKey")),
                   Secret(text_of(*role, "sessionToken")),
                   WallTime(std::chrono::milliseconds(expiration->get_int64()))});
}

namespace {

class SsoProvider final : public Provider {
 public:
    SsoProvider(Sso config, const ProviderContext& context)
        : config_(std::move(config)),
          environment_(context.environment),
          endpoints_(context.endpoints),
          client_(context.retrying_client) {}

    Awaitable<Result<aws::Credentials>> fetch(SteadyTime deadline) override {
        const auto request = prepare();
        if (!request) {
            co_return request.error();
        }
        constexpr RetryLimits limits;
        const auto answer = co_await client_.send(*request, limits, deadline);
        if (!answer) {
            co_return answer.error().within("single sign-on");
        }
        if (answer->status == 401) {
            co_return fail(Errc::denied, "single sign-on rejects the cached token: run `aws sso login`");
        }
        if (!answer->is_good()) {
            co_return fail(Errc::denied, "single sign-on responded with status {} for role {} of account {}",
                           answer->status, printable(config_.role_name), printable(config_.account_id));
        }
        auto credentials = parse_sso_response(answer->body);
        if (!credentials) {
            co_return credentials.error().within("single sign-on");
        }
        co_return credentials;
    }

 private:
    /// The token is read for each request, because `aws sso login` replaces it.
    Result<ProviderRequest> prepare() const {
        const auto text = environment_.file(config_.token_file);
        if (!text && text.error().code == Errc::not_found) {
            return fail(Errc::denied, "there is no cached single sign-on token: run `aws sso login`");
        }
        if (!text) {
            return fail(Errc::usage, "{}: {}", printable(config_.token_file), text.error().message);
        }
        const auto token = parse_sso_token(*text);
        if (!token) {
            return fail(Errc::usage, "{}: {}: run `aws sso login`", printable(config_.token_file),
                        token.error().message);
        }
        return sso_request(config_, *token, endpoints_, client_.clock().wall());
    }

    Sso config_;
    const Environment& environment_;
    const ServiceEndpoints& endpoints_;
    RetryingClient& client_;
};

}  // namespace

std::unique_ptr<Provider> sso_provider(const Sso& config, const ProviderContext& context) {
    return std::make_unique<SsoProvider>(config, context);
}

}  // namespace tapalcatl::credentials
