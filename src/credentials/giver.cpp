#include "credentials/giver.hpp"

#include "base/text.hpp"
#include "credentials/answers.hpp"
#include "credentials/instance_metadata.hpp"
#include "credentials/profile.hpp"

#include <utility>
#include <variant>

namespace tapalcatl::credentials {
namespace {

class ContainerGiver final : public Giver {
 public:
    ContainerGiver(Container step, const GiverTools& tools)
        : step_(std::move(step)), outside_(tools.outside), asker_(tools.asker) {}

    Awaitable<Result<aws::Credentials>> fetch(SteadyTime deadline) override {
        const auto token = current_token();
        if (!token) {
            co_return token.error();
        }
        const auto request = container_request(step_, *token);
        if (!request) {
            co_return request.error();
        }
        constexpr Patience patience;
        const auto answer = co_await asker_.ask(*request, patience, deadline);
        if (!answer) {
            co_return answer.error().within("the container's agent");
        }
        if (!answer->is_good()) {
            co_return fail(Errc::denied, "the container's agent answered {}", answer->status);
        }
        auto credentials = parse_container_answer(answer->body);
        if (!credentials) {
            co_return credentials.error().within("the container's agent");
        }
        co_return credentials;
    }

 private:
    Result<Secret> current_token() const {
        if (step_.token_file.empty()) {
            return step_.token;
        }
        auto text = outside_.file(step_.token_file);
        if (!text) {
            return fail(Errc::usage, "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE {}: {}", printable(step_.token_file),
                        text.error().message);
        }
        if (text->find_first_not_of("\r\n") == std::string::npos) {
            return fail(Errc::usage, "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE {}: is empty",
                        printable(step_.token_file));
        }
        return Secret(std::move(*text));
    }

    Container step_;
    const Outside& outside_;
    Asker& asker_;
};

class MetadataGiver final : public Giver {
 public:
    MetadataGiver(InstanceMetadata step, const GiverTools& tools)
        : service_(std::move(step), tools.asker, tools.times.metadata_attempt), profile_(profile_name(tools.outside)) {}

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
        auto credentials = parse_container_answer(answer->body);
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

    Error unexpected(const ProviderAnswer& answer, std::string_view wanted) const {
        return fail(Errc::denied, "the metadata service {} answered {} when asked for {}", service_.endpoint(),
                    answer.status, wanted);
    }

    MetadataService service_;
    std::string profile_;
};

class SsoGiver final : public Giver {
 public:
    SsoGiver(Sso step, const GiverTools& tools)
        : step_(std::move(step)), outside_(tools.outside), asker_(tools.asker) {}

    Awaitable<Result<aws::Credentials>> fetch(SteadyTime deadline) override {
        const auto request = prepare();
        if (!request) {
            co_return request.error();
        }
        constexpr Patience patience;
        const auto answer = co_await asker_.ask(*request, patience, deadline);
        if (!answer) {
            co_return answer.error().within("single sign-on");
        }
        if (answer->status == 401) {
            co_return fail(Errc::denied, "single sign-on does not accept its cached token: run `aws sso login`");
        }
        if (!answer->is_good()) {
            co_return fail(Errc::denied, "single sign-on answered {} when asked for role {} of account {}",
                           answer->status, printable(step_.role_name), printable(step_.account_id));
        }
        auto credentials = parse_sso_answer(answer->body);
        if (!credentials) {
            co_return credentials.error().within("single sign-on");
        }
        co_return credentials;
    }

 private:
    /// The token is read each time: `aws sso login` replaces it.
    Result<ProviderRequest> prepare() const {
        const auto text = outside_.file(step_.token_file);
        if (!text && text.error().code == Errc::not_found) {
            return fail(Errc::denied, "there is no cached single sign-on token: run `aws sso login`");
        }
        if (!text) {
            return fail(Errc::usage, "{}: {}", printable(step_.token_file), text.error().message);
        }
        const auto token = parse_sso_token(*text);
        if (!token) {
            return fail(Errc::usage, "{}: {}: run `aws sso login`", printable(step_.token_file), token.error().message);
        }
        return sso_request(step_, *token, asker_.clock().wall());
    }

    Sso step_;
    const Outside& outside_;
    Asker& asker_;
};

}  // namespace

std::unique_ptr<Giver> container_giver(const Container& step, const GiverTools& tools) {
    return std::make_unique<ContainerGiver>(step, tools);
}

std::unique_ptr<Giver> metadata_giver(const InstanceMetadata& step, const GiverTools& tools) {
    return std::make_unique<MetadataGiver>(step, tools);
}

std::unique_ptr<Giver> sso_giver(const Sso& step, const GiverTools& tools) {
    return std::make_unique<SsoGiver>(step, tools);
}

std::unique_ptr<Giver> make_giver(const Plan& plan, const GiverTools& tools) {
    struct Maker {
        const GiverTools& tools;
        std::unique_ptr<Giver> operator()(const StaticKeys&) const { return nullptr; }
        std::unique_ptr<Giver> operator()(const Anonymous&) const { return nullptr; }
        std::unique_ptr<Giver> operator()(const AssumeRole& step) const { return assume_role_giver(step, tools); }
        std::unique_ptr<Giver> operator()(const WebIdentity& step) const { return web_identity_giver(step, tools); }
        std::unique_ptr<Giver> operator()(const Process& step) const { return process_giver(step, tools); }
        std::unique_ptr<Giver> operator()(const Container& step) const { return container_giver(step, tools); }
        std::unique_ptr<Giver> operator()(const InstanceMetadata& step) const { return metadata_giver(step, tools); }
        std::unique_ptr<Giver> operator()(const Sso& step) const { return sso_giver(step, tools); }
    };
    return std::visit(Maker{tools}, plan.step);
}

}  // namespace tapalcatl::credentials
