#include "credentials/sts.hpp"

#include "aws/endpoint.hpp"
#include "aws/timestamp.hpp"
#include "aws/xml.hpp"
#include "base/hash.hpp"
#include "base/text.hpp"
#include "credentials/cached_provider.hpp"
#include "credentials/json_response.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

namespace tapalcatl::credentials {
namespace {

constexpr std::string_view form_type = "application/x-www-form-urlencoded; charset=utf-8";
constexpr std::string_view default_session_name = "tapalcatl";

/// A request to STS, signed with `credentials`. `action` is the query without Version.
ProviderRequest sts_request(Query action, const aws::Credentials& credentials, const StsAddress& sts,
                            aws::Signer& signer, WallTime now) {
    action.emplace_back("Version", "2011-06-15");
    ProviderRequest request{.method = "POST",
                            .url = sts.url,
                            .headers = {{"host", host_header(sts.url)}, {"content-type", std::string(form_type)}},
                            .body = canonical_query(action)};
    const aws::SignableRequest to_sign{
        .method = request.method, .headers = request.headers, .payload_sha256 = hex(sha256(as_bytes(request.body)))};
    const auto added = signer.sign(to_sign, credentials, {sts.region, "sts"}, now);
    request.headers.insert(request.headers.end(), added.begin(), added.end());
    return request;
}

}  // namespace

Result<StsAddress> sts_address(const ServiceEndpoints& endpoints) {
    constexpr aws::Service sts{"STS", "sts"};
    const std::string region = endpoints.region.empty() ? "us-east-1" : endpoints.region;
    if (!aws::is_region_name(region)) {
        return fail(Errc::usage, "{}\"{}\" is not the name of an AWS region",
                    endpoints.origins.region.empty() ? "" : endpoints.origins.region + ": ", printable(region));
    }
    auto url = aws::service_url(sts, region, endpoints.variant, endpoints.sts_url);
    if (!url) {
        return url.error().within(AwsSetting{endpoints.sts_url, endpoints.origins.sts}.given());
    }
    return StsAddress{std::move(*url), region};
}

ProviderRequest assume_role_request(const AssumeRole& config, const aws::Credentials& source, const StsAddress& sts,
                                    aws::Signer& signer, WallTime now) {
    Query parameters{
        {"Action", "AssumeRole"},
        {"RoleArn", config.role_arn},
        {"RoleSessionName", config.session_name.empty() ? std::string(default_session_name) : config.session_name}};
    if (!config.external_id.empty()) {
        parameters.emplace_back("ExternalId", config.external_id);
    }
    if (config.duration) {
        parameters.emplace_back("DurationSeconds", std::to_string(config.duration->count()));
    }
    return sts_request(std::move(parameters), source, sts, signer, now);
}

Result<ProviderRequest> web_identity_request(const WebIdentity& config, std::string_view token, const StsAddress& sts) {
    const auto end = token.find_last_not_of(" \t\r\n");
    if (end == std::string_view::npos) {
        return fail(Errc::usage, "the web identity token file is empty");
    }
    const Query parameters{
        {"Action", "AssumeRoleWithWebIdentity"},
        {"Version", "2011-06-15"},
        {"RoleArn", config.role_arn},
        {"RoleSessionName", config.session_name.empty() ? std::string(default_session_name) : config.session_name},
        {"WebIdentityToken", std::string(token.substr(0, end + 1))}};
    return ProviderRequest{.method = "POST",
                           .url = sts.url,
                           .headers = {{"host", host_header(sts.url)}, {"content-type", std::string(form_type)}},
                           .body = canonical_query(parameters)};
}

Result<aws::Credentials> parse_sts_response(std::string_view body) {
    const auto leaves = aws::XmlLeaves::parse(body);
    if (!leaves) {
        return leaves.error();
    }
    const auto code = leaves->text("Error/Code");
    if (!code.empty()) {
        return fail(Errc::denied, "{}", error_text(code, leaves->text("Error/Message")));
    }
    aws::Credentials credentials{std::string(leaves->text("Credentials/AccessKeyId")),
                                 Secret(std::string(leaves->text("Credentials/SecretAccessKey"))),
                                 Secret(std::string(leaves->text("Credentials/SessionToken"))),
                                 aws::parse_timestamp(leaves->text("Credentials/Expiration"))};
    if (!credentials.expires || credentials.session_token.empty()) {
        return fail(Errc::corrupt, "not a response of STS: the session token or the expiration is missing");
    }
    return usable(std::move(credentials));
}

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
        return fail(Errc::corrupt, "not a response of STS: the ARN is missing");
    }
    return identity;
}

namespace {

std::string role_name(const std::string& role_arn) {
    return "role " + printable(role_arn);
}

Result<aws::Credentials> credentials_in(const ProviderResponse& answer) {
    auto credentials = parse_sts_response(answer.body);
    if (answer.is_good() || (!credentials && credentials.error().code == Errc::denied)) {
        return credentials;
    }
    return fail(Errc::denied, "STS responded with status {}", answer.status);
}

/// Whether STS rejects the credentials that the request was signed with.
bool rejects_credentials(const ProviderResponse& answer) {
    constexpr std::array<std::string_view, 4> codes{"ExpiredToken", "ExpiredTokenException", "InvalidClientTokenId",
                                                    "UnrecognizedClientException"};
    const auto leaves = aws::XmlLeaves::parse(answer.body);
    return !answer.is_good() && leaves &&
           std::find(codes.begin(), codes.end(), leaves->text("Error/Code")) != codes.end();
}

class AssumeRoleProvider final : public Provider {
 public:
    AssumeRoleProvider(AssumeRole config, const ProviderContext& context)
        : config_(std::move(config)),
          endpoints_(context.endpoints),
          client_(context.retrying_client),
          source_(std::in_place, *config_.source, context.environment, context.endpoints, context.client,
                  context.executor, context.clock, context.times) {}

    Awaitable<Result<aws::Credentials>> fetch(SteadyTime deadline) override {
        auto credentials = co_await assume(deadline);
        if (!credentials) {
            co_return credentials.error().within(role_name(config_.role_arn));
        }
        co_return credentials;
    }

    void close() override { source_.reset(); }

 private:
    Awaitable<Result<aws::Credentials>> assume(SteadyTime deadline) {
        const auto sts = sts_address(endpoints_);
        if (!sts) {
            co_return sts.error();
        }
        for (bool is_again = false;; is_again = true) {
            const auto source = co_await source_->credentials(deadline);
            if (client_.is_closed()) {
                co_return closed_error();
            }
            if (!source) {
                co_return source.error();
            }
            if (!*source) {
                co_return fail(Errc::usage, "a role can only be assumed with credentials");
            }
            const auto request = assume_role_request(config_, **source, *sts, signer_, client_.clock().wall());
            constexpr RetryLimits limits;
            const auto answer = co_await client_.send(request, limits, deadline);
            if (!answer) {
                co_return answer.error();
            }
            if (!is_again && rejects_credentials(*answer) && source_->invalidate(**source)) {
                continue;
            }
            co_return credentials_in(*answer);
        }
    }

    AssumeRole config_;
    const ServiceEndpoints& endpoints_;
    RetryingClient& client_;
    std::optional<CachedProvider> source_;  ///< until close()
    aws::Signer signer_;
};

class WebIdentityProvider final : public Provider {
 public:
    WebIdentityProvider(WebIdentity config, const ProviderContext& context)
        : config_(std::move(config)),
          environment_(context.environment),
          endpoints_(context.endpoints),
          client_(context.retrying_client) {}

    Awaitable<Result<aws::Credentials>> fetch(SteadyTime deadline) override {
        const auto request = prepare();
        if (!request) {
            co_return request.error().within(role_name(config_.role_arn));
        }
        constexpr RetryLimits limits;
        const auto answer = co_await client_.send(*request, limits, deadline);
        if (!answer) {
            co_return answer.error().within(role_name(config_.role_arn));
        }
        auto credentials = credentials_in(*answer);
        if (!credentials) {
            co_return credentials.error().within(role_name(config_.role_arn));
        }
        co_return credentials;
    }

 private:
    /// The token is read for each request, because it is replaced about every hour.
    Result<ProviderRequest> prepare() const {
        const auto sts = sts_address(endpoints_);
        if (!sts) {
            return sts.error();
        }
        const auto token = environment_.file(config_.token_file);
        if (!token) {
            return fail(Errc::usage, "web identity token {}: {}", printable(config_.token_file), token.error().message);
        }
        return web_identity_request(config_, *token, *sts);
    }

    WebIdentity config_;
    const Environment& environment_;
    const ServiceEndpoints& endpoints_;
    RetryingClient& client_;
};

}  // namespace

std::unique_ptr<Provider> assume_role_provider(const AssumeRole& config, const ProviderContext& context) {
    return std::make_unique<AssumeRoleProvider>(config, context);
}

std::unique_ptr<Provider> web_identity_provider(const WebIdentity& config, const ProviderContext& context) {
    return std::make_unique<WebIdentityProvider>(config, context);
}

}  // namespace tapalcatl::credentials
