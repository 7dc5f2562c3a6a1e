#include "credentials/imds.hpp"

#include "aws/endpoint.hpp"
#include "base/text.hpp"
#include "base/url.hpp"
#include "credentials/json_response.hpp"
#include "credentials/profile.hpp"

#include <algorithm>
#include <utility>

namespace tapalcatl::credentials {
namespace {

/// A token is replaced this long before its end, so that no request arrives after it.
constexpr std::chrono::seconds token_margin{60};

/// The lifetime that is requested for a token, which is the longest: six hours.
constexpr std::uint64_t max_token_seconds = 21'600;

/// A path of the metadata service, asked for with its token.
Result<ProviderRequest> metadata_request(const InstanceMetadata& config, const Secret& token, std::string_view path) {
    const auto text = trim(token.reveal());
    if (text.empty() || !fits_a_header(text)) {
        return fail(Errc::corrupt, "the token of the metadata service is invalid");
    }
    return ProviderRequest{
        .url = config.endpoint + std::string(path),
        .headers = {{"host", host_header(config.endpoint)}, {"x-aws-ec2-metadata-token", std::string(text)}}};
}

constexpr std::string_view roles_path = "/latest/meta-data/iam/security-credentials/";

}  // namespace

ProviderRequest metadata_token_request(const InstanceMetadata& config) {
    return {.method = "PUT",
            .url = config.endpoint + "/latest/api/token",
            .headers = {{"host", host_header(config.endpoint)}, {"x-aws-ec2-metadata-token-ttl-seconds", "21600"}}};
}

Result<ProviderRequest> metadata_role_request(const InstanceMetadata& config, const Secret& token) {
    return metadata_request(config, token, roles_path);
}

Result<ProviderRequest> metadata_credentials_request(const InstanceMetadata& config, const Secret& token,
                                                     std::string_view role) {
    const auto name = trim(role.substr(0, role.find_first_of("\r\n")));
    if (name.empty() || !fits_a_header(name)) {
        return fail(Errc::corrupt, "the name of the role from the metadata service is empty or invalid");
    }
    return metadata_request(config, token, std::string(roles_path) + uri_encode(name));
}

Result<ProviderRequest> metadata_region_request(const InstanceMetadata& config, const Secret& token) {
    return metadata_request(config, token, "/latest/meta-data/placement/region");
}

RetryLimits ImdsClient::retry_limits(bool retries_unreachable) const {
    RetryLimits limits;
    limits.attempt_timeout = config_.attempt_timeout ? *config_.attempt_timeout : attempt_;
    limits.max_attempts = config_.max_attempts.value_or(limits.max_attempts);
    limits.retries_unreachable = retries_unreachable;
    return limits;
}

Awaitable<Result<void>> ImdsClient::open(SteadyTime deadline) {
    if (token_ && client_.clock().now() < token_ends_) {
        co_return Result<void>();
    }
    const auto request = metadata_token_request(config_);
    const auto how = retry_limits(has_responded_);
    const auto answer = co_await client_.send(request, how, deadline);
    if (!answer) {
        co_return answer.error();
    }
    if (!answer->is_good()) {
        co_return fail(Errc::denied, "the metadata service {} responded with status {} to the request for a token{}",
                       config_.endpoint, answer->status, answer->status == 403 ? ": it is switched off" : "");
    }
    const auto told = parse_number(answer->header("x-aws-ec2-metadata-token-ttl-seconds")).value_or(max_token_seconds);
    token_ = Secret(answer->body);
    token_ends_ = client_.clock().now() + std::chrono::seconds(std::min(told, max_token_seconds)) - token_margin;
    has_responded_ = true;
    co_return Result<void>();
}

Awaitable<Result<ProviderResponse>> ImdsClient::get(RequestBuilder question, std::string detail, SteadyTime deadline) {
    constexpr unsigned unauthorized = 401;
    for (bool is_again = false;; is_again = true) {
        const auto opened = co_await open(deadline);
        if (!opened) {
            co_return opened.error();
        }
        const auto request = question(config_, *token_, detail);
        if (!request) {
            token_.reset();  // the token may be the reason
            co_return request.error();
        }
        const auto how = retry_limits(true);
        auto answer = co_await client_.send(*request, how, deadline);
        if (!answer || answer->status != unauthorized || is_again) {
            co_return answer;
        }
        token_.reset();
    }
}

namespace {

class ImdsProvider final : public Provider {
 public:
    ImdsProvider(InstanceMetadata config, const ProviderContext& context)
        : service_(std::move(config), context.retrying_client, context.times.metadata_attempt),
          profile_(profile_name(context.environment)) {}

    Awaitable<Result<aws::Credentials>> fetch(SteadyTime deadline) override {
        const auto opened = co_await service_.open(deadline);
        if (!opened) {
            co_return service_.has_responded() ? opened.error() : no_service(opened.error());
        }
        constexpr auto which_role = [](const InstanceMetadata& where, const Secret& token, std::string_view) {
            return metadata_role_request(where, token);
        };
        const auto role = co_await service_.get(which_role, "", deadline);
        if (!role) {
            co_return role.error();
        }
        if (role->status == 404) {
            co_return fail(Errc::denied, "this instance has no role: attach an instance profile to it");
        }
        if (!role->is_good()) {
            co_return unexpected(*role, "the role's name");
        }
        const auto answer = co_await service_.get(metadata_credentials_request, role->body, deadline);
        if (!answer) {
            co_return answer.error();
        }
        if (!answer->is_good()) {
            co_return unexpected(*answer, "credentials");
        }
        auto credentials = parse_container_response(answer->body);
        if (!credentials) {
            co_return credentials.error().within("the metadata service");
        }
        co_return credentials;
    }

    bool may_return_expired() const override { return true; }

 private:
    /// This provider is the last of the chain, so this message is for users who have configured none.
    Error no_service(const Error& error) const {
        return fail(Errc::denied,
                    "no AWS credentials: looked at the environment, profile {}, container and instance metadata ({}); "
                    "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE, or TAPALCATL_ANONYMOUS=on for "
                    "a public bucket",
                    printable(profile_), error.message);
    }

    Error unexpected(const ProviderResponse& answer, std::string_view wanted) const {
        return fail(Errc::denied, "the metadata service {} responded with status {} to the request for {}",
                    service_.endpoint(), answer.status, wanted);
    }

    ImdsClient service_;
    std::string profile_;
};

Awaitable<Result<std::string>> ask_for_region(InstanceMetadata config, net::Client& client, const Clock* clock,
                                              SteadyTime deadline) {
    RetryingClient retrying_client(client, *clock);
    ImdsClient service(std::move(config), retrying_client, ProviderTimeouts().metadata_attempt);
    constexpr auto question = [](const InstanceMetadata& where, const Secret& token, std::string_view) {
        return metadata_region_request(where, token);
    };
    const auto answer = co_await service.get(question, "", deadline);
    if (!answer) {
        co_return answer.error();
    }
    if (!answer->is_good()) {
        co_return fail(Errc::denied, "the metadata service {} responded with status {} to the request for the region",
                       service.endpoint(), answer->status);
    }
    const auto name = trim(std::string_view(answer->body).substr(0, answer->body.find_first_of("\r\n")));
    if (!aws::is_region_name(name)) {
        co_return fail(Errc::corrupt, "the response of the metadata service {} is not the name of a region",
                       service.endpoint());
    }
    co_return std::string(name);
}

}  // namespace

Awaitable<Result<std::string>> metadata_region(InstanceMetadata config, net::Client& client, const Clock& clock,
                                               SteadyTime deadline) {
    return ask_for_region(std::move(config), client, &clock, deadline);
}

std::unique_ptr<Provider> imds_provider(const InstanceMetadata& config, const ProviderContext& context) {
    return std::make_unique<ImdsProvider>(config, context);
}

}  // namespace tapalcatl::credentials
