#include "credentials/provider.hpp"

#include "base/text.hpp"
#include "credentials/answers.hpp"
#include "credentials/imds.hpp"
#include "credentials/profile.hpp"

#include <utility>
#include <variant>

namespace tapalcatl::credentials {
namespace {

class ContainerProvider final : public Provider {
 public:
    ContainerProvider(Container config, const ProviderContext& context)
        : config_(std::move(config)), environment_(context.environment), client_(context.retrying_client) {}

    Awaitable<Result<aws::Credentials>> fetch(SteadyTime deadline) override {
        const auto token = current_token();
        if (!token) {
            co_return token.error();
        }
        const auto request = container_request(config_, *token);
        if (!request) {
            co_return request.error();
        }
        constexpr RetryLimits limits;
        const auto answer = co_await client_.send(*request, limits, deadline);
        if (!answer) {
            co_return answer.error().within("the container's agent");
        }
        if (!answer->is_good()) {
            co_return fail(Errc::denied, "the container's agent answered {}", answer->status);
        }
        auto credentials = parse_container_response(answer->body);
        if (!credentials) {
            co_return credentials.error().within("the container's agent");
        }
        co_return credentials;
    }

 private:
    Result<Secret> current_token() const {
        if (config_.token_file.empty()) {
            return config_.token;
        }
        auto text = environment_.file(config_.token_file);
        if (!text) {
            return fail(Errc::usage, "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE {}: {}", printable(config_.token_file),
                        text.error().message);
        }
        if (text->find_first_not_of("\r\n") == std::string::npos) {
            return fail(Errc::usage, "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE {}: is empty",
                        printable(config_.token_file));
        }
        return Secret(std::move(*text));
    }

    Container config_;
    const Environment& environment_;
    RetryingClient& client_;
};

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

class SsoProvider final : public Provider {
 public:
    SsoProvider(Sso config, const ProviderContext& context)
        : config_(std::move(config)), environment_(context.environment), client_(context.retrying_client) {}

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
            co_return fail(Errc::denied, "single sign-on does not accept its cached token: run `aws sso login`");
        }
        if (!answer->is_good()) {
            co_return fail(Errc::denied, "single sign-on answered {} when asked for role {} of account {}",
                           answer->status, printable(config_.role_name), printable(config_.account_id));
        }
        auto credentials = parse_sso_response(answer->body);
        if (!credentials) {
            co_return credentials.error().within("single sign-on");
        }
        co_return credentials;
    }

 private:
    /// The token is read each time: `aws sso login` replaces it.
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
        return sso_request(config_, *token, client_.clock().wall());
    }

    Sso config_;
    const Environment& environment_;
    RetryingClient& client_;
};

}  // namespace

std::unique_ptr<Provider> container_provider(const Container& config, const ProviderContext& context) {
    return std::make_unique<ContainerProvider>(config, context);
}

std::unique_ptr<Provider> imds_provider(const InstanceMetadata& config, const ProviderContext& context) {
    return std::make_unique<ImdsProvider>(config, context);
}

std::unique_ptr<Provider> sso_provider(const Sso& config, const ProviderContext& context) {
    return std::make_unique<SsoProvider>(config, context);
}

std::unique_ptr<Provider> make_provider(const ProviderConfig& config, const ProviderContext& context) {
    struct Maker {
        const ProviderContext& context;
        std::unique_ptr<Provider> operator()(const StaticCredentials&) const { return nullptr; }
        std::unique_ptr<Provider> operator()(const Anonymous&) const { return nullptr; }
        std::unique_ptr<Provider> operator()(const AssumeRole& config) const {
            return assume_role_provider(config, context);
        }
        std::unique_ptr<Provider> operator()(const WebIdentity& config) const {
            return web_identity_provider(config, context);
        }
        std::unique_ptr<Provider> operator()(const Process& config) const { return process_provider(config, context); }
        std::unique_ptr<Provider> operator()(const Container& config) const {
            return container_provider(config, context);
        }
        std::unique_ptr<Provider> operator()(const InstanceMetadata& config) const {
            return imds_provider(config, context);
        }
        std::unique_ptr<Provider> operator()(const Sso& config) const { return sso_provider(config, context); }
    };
    return std::visit(Maker{context}, config.kind);
}

}  // namespace tapalcatl::credentials
