#include "aws/xml.hpp"
#include "base/text.hpp"
#include "credentials/answers.hpp"
#include "credentials/provider.hpp"
#include "credentials/provider_request.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

namespace tapalcatl::credentials {
namespace {

std::string role_name(const std::string& role_arn) {
    return "role " + printable(role_arn);
}

Result<aws::Credentials> read_answer(const ProviderResponse& answer) {
    auto credentials = parse_sts_response(answer.body);
    if (answer.is_good() || (!credentials && credentials.error().code == Errc::denied)) {
        return credentials;
    }
    return fail(Errc::denied, "STS answered {}", answer.status);
}

/// Whether STS says that the credentials are not good any more that the request was signed with.
bool refuses_credentials(const ProviderResponse& answer) {
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
          environment_(context.environment),
          sts_region_(context.sts_region),
          client_(context.retrying_client),
          source_(std::in_place, *config_.source, context.environment, context.sts_region, context.client,
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
        const auto sts = sts_address(environment_, sts_region_);
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
                co_return fail(Errc::usage, "a role cannot be assumed without credentials");
            }
            const auto request = assume_role_request(config_, **source, *sts, signer_, client_.clock().wall());
            constexpr RetryLimits limits;
            const auto answer = co_await client_.send(request, limits, deadline);
            if (!answer) {
                co_return answer.error();
            }
            if (!is_again && refuses_credentials(*answer) && source_->invalidate(**source)) {
                continue;
            }
            co_return read_answer(*answer);
        }
    }

    AssumeRole config_;
    const Environment& environment_;
    std::string sts_region_;
    RetryingClient& client_;
    std::optional<CachedProvider> source_;  ///< until close()
    aws::Signer signer_;
};

class WebIdentityProvider final : public Provider {
 public:
    WebIdentityProvider(WebIdentity config, const ProviderContext& context)
        : config_(std::move(config)),
          environment_(context.environment),
          sts_region_(context.sts_region),
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
        auto credentials = read_answer(*answer);
        if (!credentials) {
            co_return credentials.error().within(role_name(config_.role_arn));
        }
        co_return credentials;
    }

 private:
    /// The token is read each time: whoever put it there replaces it every hour or so.
    Result<ProviderRequest> prepare() const {
        const auto sts = sts_address(environment_, sts_region_);
        if (!sts) {
            return sts.error();
        }
        const auto token = environment_.file(config_.token_file);
        if (!token) {
            return fail(Errc::usage, "the web identity token {}: {}", printable(config_.token_file),
                        token.error().message);
        }
        return web_identity_request(config_, *token, *sts);
    }

    WebIdentity config_;
    const Environment& environment_;
    std::string sts_region_;
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
