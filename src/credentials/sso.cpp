#include "credentials/sso.hpp"

#include "aws/endpoint.hpp"
#include "aws/timestamp.hpp"
#include "base/log.hpp"
#include "base/text.hpp"
#include "base/url.hpp"
#include "credentials/json_response.hpp"

#include <boost/json/serialize.hpp>
#include <fmt/format.h>

#include <chrono>
#include <cstdint>
#include <optional>
#include <utility>

namespace tapalcatl::credentials {
namespace {

/// The URL of a service of single sign-on. `configured` may be empty. Fails: usage; the message names the setting.
Result<std::string> url_of(const aws::Service& service, const std::string& region, aws::EndpointVariant variant,
                           const AwsSetting& configured) {
    auto url = aws::service_url(service, region, variant, configured.value);
    if (!url) {
        return url.error().within(configured.value.empty() ? "sso_region" : configured.given());
    }
    return url;
}

}  // namespace

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

Result<ProviderRequest> token_renewal_request(std::string_view cached, std::string_view oidc_url, WallTime now) {
    const auto object = parse_object(cached);
    if (!object) {
        return object.error();
    }
    boost::json::object body{{"grantType", "refresh_token"}};
    for (const auto* const name : {"clientId", "clientSecret", "refreshToken"}) {
        const auto value = text_of(*object, name);
        if (value.empty()) {
            return fail(Errc::denied, "{} is missing", name);
        }
        body[name] = value;
    }
    const auto registered_until = aws::parse_timestamp(text_of(*object, "registrationExpiresAt"));
    if (!registered_until || *registered_until <= now) {
        return fail(Errc::denied, "the registration of the client has expired");
    }
    return ProviderRequest{.method = "POST",
                           .url = fmt::format("{}token", oidc_url),
                           .headers = {{"host", host_header(oidc_url)}, {"content-type", "application/json"}},
                           .body = boost::json::serialize(body)};
}

Result<std::string> renewed_token(std::string_view cached, std::string_view response, WallTime now) {
    auto file = parse_object(cached);
    if (!file) {
        return file.error();
    }
    const auto object = parse_object(response);
    if (!object) {
        return object.error();
    }
    constexpr std::int64_t max_lifetime = 366LL * 24 * 3600;
    const auto token = text_of(*object, "accessToken");
    const auto* const lifetime = object->if_contains("expiresIn");
    const bool is_number = lifetime != nullptr && lifetime->is_int64();
    if (token.empty() || !is_number || lifetime->get_int64() < 0 || lifetime->get_int64() > max_lifetime) {
        return fail(Errc::corrupt, "accessToken or expiresIn is missing");
    }
    const auto expires = rfc3339(now + std::chrono::seconds(lifetime->get_int64()));
    (*file)["accessToken"] = token;
    // Whole seconds, as the AWS CLI writes them.
    (*file)["expiresAt"] = expires.substr(0, expires.find('.')) + "Z";
    if (const auto refresh = text_of(*object, "refreshToken"); !refresh.empty()) {
        (*file)["refreshToken"] = refresh;
    }
    return boost::json::serialize(*file);
}

Result<ProviderRequest> sso_request(const Sso& config, const SsoToken& token, const ServiceEndpoints& endpoints,
                                    WallTime now) {
    if (token.expires <= now) {
        return fail(Errc::denied, "the cached single sign-on token has expired: run `aws sso login`");
    }
    constexpr aws::Service portal{"single sign-on", "portal.sso"};
    const auto url = url_of(portal, config.region, endpoints.variant, {endpoints.sso_url, endpoints.origins.sso});
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
        const auto token = co_await current_token(deadline);
        if (!token) {
            co_return token.error();
        }
        const auto request = sso_request(config_, *token, endpoints_, client_.clock().wall());
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
    /// Tokens with less time left are renewed first, as by botocore.
    static constexpr std::chrono::minutes renew_before{15};

    struct Cached {
        std::string text;
        SsoToken token;
    };

    Awaitable<Result<SsoToken>> current_token(SteadyTime deadline) {
        auto cached = read_token();
        if (!cached) {
            co_return cached.error();
        }
        const auto left = cached->token.expires - client_.clock().wall();
        if (config_.session.empty() || left >= renew_before) {
            co_return std::move(cached->token);
        }
        auto renewed = co_await renew(cached->text, deadline);
        if (renewed) {
            co_return std::move(*renewed);
        }
        if (client_.is_closed()) {
            co_return closed_error();
        }
        if (left <= WallTime::duration::zero()) {
            co_return fail(Errc::denied,
                           "the cached single sign-on token has expired and was not renewed ({}): run `aws sso login`",
                           renewed.error().message);
        }
        log::limited(log::Level::warning, "single sign-on", "single sign-on: the token was not renewed: {}",
                     renewed.error().message);
        co_return std::move(cached->token);
    }

    /// The token is read for each request, because `aws sso login` replaces it. A renewed one that could not be written
    /// is kept here.
    Result<Cached> read_token() const {
        const auto text = environment_.file(config_.token_file);
        if (!text && text.error().code == Errc::not_found) {
            return fail(Errc::denied, "there is no cached single sign-on token: run `aws sso login`");
        }
        if (!text) {
            return fail(Errc::usage, "{}: {}", printable(config_.token_file), text.error().message);
        }
        auto token = parse_sso_token(*text);
        if (!token) {
            return fail(Errc::usage, "{}: {}: run `aws sso login`", printable(config_.token_file),
                        token.error().message);
        }
        if (unwritten_ && unwritten_->token.expires > token->expires) {
            return *unwritten_;
        }
        return Cached{*text, std::move(*token)};
    }

    Awaitable<Result<SsoToken>> renew(std::string cached, SteadyTime deadline) {
        constexpr aws::Service oidc{"SSO OIDC", "oidc"};
        const AwsSetting configured{endpoints_.sso_oidc_url, endpoints_.origins.sso_oidc};
        const auto url = url_of(oidc, config_.region, endpoints_.variant, configured);
        if (!url) {
            co_return url.error();
        }
        const auto request = token_renewal_request(cached, *url, client_.clock().wall());
        if (!request) {
            co_return request.error();
        }
        constexpr RetryLimits limits;
        const auto response = co_await client_.send(*request, limits, deadline);
        if (!response) {
            co_return response.error();
        }
        if (!response->is_good()) {
            co_return fail(Errc::denied, "status {}", response->status);
        }
        const auto text = renewed_token(cached, response->body, client_.clock().wall());
        if (!text) {
            co_return text.error();
        }
        auto token = parse_sso_token(*text);
        if (token) {
            store({*text, *token});
        }
        co_return token;
    }

    void store(Cached renewed) {
        const auto stored = environment_.replace_file ? environment_.replace_file(config_.token_file, renewed.text)
                                                      : Result<void>(fail(Errc::io, "files cannot be written"));
        unwritten_.reset();
        if (!stored) {
            log::limited(log::Level::warning, "single sign-on cache", "{}: the renewed token is not stored: {}",
                         printable(config_.token_file), stored.error().message);
            unwritten_ = std::move(renewed);
        }
    }

    Sso config_;
    const Environment& environment_;
    const ServiceEndpoints& endpoints_;
    RetryingClient& client_;
    std::optional<Cached> unwritten_;
};

}  // namespace

std::unique_ptr<Provider> sso_provider(const Sso& config, const ProviderContext& context) {
    return std::make_unique<SsoProvider>(config, context);
}

}  // namespace tapalcatl::credentials
