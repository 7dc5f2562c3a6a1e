#include "aws/xml.hpp"
#include "base/text.hpp"
#include "credentials/answers.hpp"
#include "credentials/giver.hpp"
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

Result<aws::Credentials> read_answer(const ProviderAnswer& answer) {
    auto credentials = parse_sts_answer(answer.body);
    if (answer.is_good() || (!credentials && credentials.error().code == Errc::denied)) {
        return credentials;
    }
    return fail(Errc::denied, "STS answered {}", answer.status);
}

/// Whether STS says that the credentials are not good any more that the request was signed with.
bool refuses_credentials(const ProviderAnswer& answer) {
    constexpr std::array<std::string_view, 4> codes{"ExpiredToken", "ExpiredTokenException", "InvalidClientTokenId",
                                                    "UnrecognizedClientException"};
    const auto leaves = aws::XmlLeaves::parse(answer.body);
    return !answer.is_good() && leaves &&
           std::find(codes.begin(), codes.end(), leaves->text("Error/Code")) != codes.end();
}

class AssumeRoleGiver final : public Giver {
 public:
    AssumeRoleGiver(AssumeRole step, const GiverTools& tools)
        : step_(std::move(step)),
          outside_(tools.outside),
          sts_region_(tools.sts_region),
          asker_(tools.asker),
          source_(std::in_place, *step_.source, tools.outside, tools.sts_region, tools.client, tools.executor,
                  tools.clock, tools.times) {}

    Awaitable<Result<aws::Credentials>> fetch(SteadyTime deadline) override {
        auto credentials = co_await assume(deadline);
        if (!credentials) {
            co_return credentials.error().within(role_name(step_.role_arn));
        }
        co_return credentials;
    }

    void close() override { source_.reset(); }

 private:
    Awaitable<Result<aws::Credentials>> assume(SteadyTime deadline) {
        const auto sts = sts_address(outside_, sts_region_);
        if (!sts) {
            co_return sts.error();
        }
        for (bool is_again = false;; is_again = true) {
            const auto source = co_await source_->credentials(deadline);
            if (asker_.is_closed()) {
                co_return closed_error();
            }
            if (!source) {
                co_return source.error();
            }
            if (!*source) {
                co_return fail(Errc::usage, "a role cannot be assumed without credentials");
            }
            const auto request = assume_role_request(step_, **source, *sts, signer_, asker_.clock().wall());
            constexpr Patience patience;
            const auto answer = co_await asker_.ask(request, patience, deadline);
            if (!answer) {
                co_return answer.error();
            }
            if (!is_again && refuses_credentials(*answer) && source_->refuse(**source)) {
                continue;
            }
            co_return read_answer(*answer);
        }
    }

    AssumeRole step_;
    const Outside& outside_;
    std::string sts_region_;
    Asker& asker_;
    std::optional<CredentialProvider> source_;  ///< until close()
    aws::Signer signer_;
};

class WebIdentityGiver final : public Giver {
 public:
    WebIdentityGiver(WebIdentity step, const GiverTools& tools)
        : step_(std::move(step)), outside_(tools.outside), sts_region_(tools.sts_region), asker_(tools.asker) {}

    Awaitable<Result<aws::Credentials>> fetch(SteadyTime deadline) override {
        const auto request = prepare();
        if (!request) {
            co_return request.error().within(role_name(step_.role_arn));
        }
        constexpr Patience patience;
        const auto answer = co_await asker_.ask(*request, patience, deadline);
        if (!answer) {
            co_return answer.error().within(role_name(step_.role_arn));
        }
        auto credentials = read_answer(*answer);
        if (!credentials) {
            co_return credentials.error().within(role_name(step_.role_arn));
        }
        co_return credentials;
    }

 private:
    /// The token is read each time: whoever put it there replaces it every hour or so.
    Result<ProviderRequest> prepare() const {
        const auto sts = sts_address(outside_, sts_region_);
        if (!sts) {
            return sts.error();
        }
        const auto token = outside_.file(step_.token_file);
        if (!token) {
            return fail(Errc::usage, "the web identity token {}: {}", printable(step_.token_file),
                        token.error().message);
        }
        return web_identity_request(step_, *token, *sts);
    }

    WebIdentity step_;
    const Outside& outside_;
    std::string sts_region_;
    Asker& asker_;
};

}  // namespace

std::unique_ptr<Giver> assume_role_giver(const AssumeRole& step, const GiverTools& tools) {
    return std::make_unique<AssumeRoleGiver>(step, tools);
}

std::unique_ptr<Giver> web_identity_giver(const WebIdentity& step, const GiverTools& tools) {
    return std::make_unique<WebIdentityGiver>(step, tools);
}

}  // namespace tapalcatl::credentials
