#include "credentials/imds.hpp"

#include "aws/region.hpp"
#include "base/text.hpp"
#include "base/url.hpp"
#include "credentials/json_response.hpp"
#include "credentials/profile.hpp"

#include <algorithm>
#include <utility>

namespace tapalcatl::credentials {
namespace {

/// A token is replaced so long before its end that no request comes too late with it.
constexpr std::chrono::seconds early{60};

/// What is asked for, and the most that a token lasts: six hours.
constexpr std::uint64_t max_seconds = 21'600;

/// A path of the metadata service, asked for with its token.
Result<ProviderRequest> metadata_request(const InstanceMetadata& config, const Secret& token, std::string_view path) {
    const auto text = trim(token.reveal());
    if (text.empty() || !fits_a_header(text)) {
        return fail(Errc::corrupt, "the metadata service's token is none");
    }
    return ProviderRequest{
        .url = config.endpoint + std::string(path),
        .headers = {{"host", authority_of(config.endpoint)}, {"x-aws-ec2-metadata-token", std::string(text)}}};
}

constexpr std::string_view roles_path = "/latest/meta-data/iam/security-credentials/";

}  // namespace

ProviderRequest metadata_token_request(const InstanceMetadata& config) {
    return {.method = "PUT",
            .url = config.endpoint + "/latest/api/token",
            .headers = {{"host", authority_of(config.endpoint)}, {"x-aws-ec2-metadata-token-ttl-seconds", "21600"}}};
}

Result<ProviderRequest> metadata_role_request(const InstanceMetadata& config, const Secret& token) {
    return metadata_request(config, token, roles_path);
}

Result<ProviderRequest> metadata_credentials_request(const InstanceMetadata& config, const Secret& token,
                                                     std::string_view role) {
    const auto name = trim(role.substr(0, role.find_first_of("\r\n")));
    if (name.empty() || !fits_a_header(name)) {
        return fail(Errc::corrupt, "the metadata service's role has no name");
    }
    return metadata_request(config, token, std::string(roles_path) + uri_encode(name));
}

Result<ProviderRequest> metadata_region_request(const InstanceMetadata& config, const Secret& token) {
    return metadata_request(config, token, "/latest/meta-data/placement/region");
}

RetryLimits ImdsClient::retry_limits(bool retries_unreachable) const {
    RetryLimits limits;
    limits.attempt_timeout = attempt_;
    limits.retries_unreachable = retries_unreachable;
    return limits;
}

Awaitable<Result<void>> ImdsClient::open(SteadyTime deadline) {
    if (token_ && client_.clock().now() < token_ends_) {
        co_return Result<void>();
    }
    const auto request = metadata_token_request(config_);
    const auto how = retry_limits(was_there_);
    const auto answer = co_await client_.send(request, how, deadline);
    if (!answer) {
        co_return answer.error();
    }
    if (!answer->is_good()) {
        co_return fail(Errc::denied, "the metadata service {} answered {} when asked for a token{}", config_.endpoint,
                       answer->status, answer->status == 403 ? ": it is switched off" : "");
    }
    const auto told = parse_number(answer->header("x-aws-ec2-metadata-token-ttl-seconds")).value_or(max_seconds);
    token_ = Secret(answer->body);
    token_ends_ = client_.clock().now() + std::chrono::seconds(std::min(told, max_seconds)) - early;
    was_there_ = true;
    co_return Result<void>();
}

Awaitable<Result<ProviderResponse>> ImdsClient::get(Question question, std::string detail, SteadyTime deadline) {
    constexpr unsigned unauthorized = 401;
    for (bool is_again = false;; is_again = true) {
        const auto opened = co_await open(deadline);
        if (!opened) {
            co_return opened.error();
        }
        const auto request = question(config_, *token_, detail);
        if (!request) {
            token_.reset();  // it may have been that
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
            co_return service_.was_there() ? opened.error() : nobody_error(opened.error());
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

    bool may_give_expired() const override { return true; }

 private:
    /// It is the last place that is looked at, so this is what somebody sees who has configured nothing.
    Error nobody_error(const Error& error) const {
        return fail(Errc::denied,
                    "no AWS credentials: looked at the environment, profile {}, container and instance metadata ({}); "
                    "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE, or TAPALCATL_ANONYMOUS=on for "
                    "a public bucket",
                    printable(profile_), error.message);
    }

    Error unexpected(const ProviderResponse& answer, std::string_view wanted) const {
        return fail(Errc::denied, "the metadata service {} answered {} when asked for {}", service_.endpoint(),
                    answer.status, wanted);
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
        co_return fail(Errc::denied, "the metadata service {} answered {} when asked for the region",
                       service.endpoint(), answer->status);
    }
    const auto name = trim(std::string_view(answer->body).substr(0, answer->body.find_first_of("\r\n")));
    if (!aws::is_region_name(name)) {
        co_return fail(Errc::corrupt, "the metadata service {} answered with no region's name", service.endpoint());
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
