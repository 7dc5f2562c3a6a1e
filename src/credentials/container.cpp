#include "credentials/container.hpp"

#include "base/text.hpp"
#include "base/url.hpp"
#include "credentials/json_response.hpp"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

namespace tapalcatl::credentials {
namespace {

constexpr std::string_view ecs_agent = "http://169.254.170.2";

/// Whether requests to `host` do not leave the machine: loopback and the link-local addresses of ECS and EKS agents.
bool is_near(std::string_view host) {
    constexpr std::array<std::string_view, 5> near{"localhost", "::1", "fd00:ec2::23", "169.254.170.2",
                                                   "169.254.170.23"};
    return std::find(near.begin(), near.end(), host) != near.end() || (is_address(host) && host.starts_with("127."));
}

bool is_plain(std::string_view url) {
    return std::all_of(url.begin(), url.end(), [](char c) { return c > 0x20 && c < 0x7f; });
}

}  // namespace

Result<std::optional<std::string>> container_url(const Environment& environment) {
    if (const auto relative = environment.setting("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI")) {
        if (!relative->starts_with('/') || !is_plain(*relative)) {
            return fail(Errc::usage,
                        "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI='{}': expected a path that starts with '/'",
                        url_for_people(*relative));
        }
        return std::optional(std::string(ecs_agent) + *relative);
    }
    auto full = environment.setting("AWS_CONTAINER_CREDENTIALS_FULL_URI");
    if (!full) {
        return std::optional<std::string>();
    }
    const auto url = parse_url(*full);
    if (!url) {
        return fail(Errc::usage, "AWS_CONTAINER_CREDENTIALS_FULL_URI='{}': expected an http:// or https:// URL",
                    url_for_people(*full));
    }
    if (!url->is_https && !is_near(url->host)) {
        return fail(Errc::usage,
                    "AWS_CONTAINER_CREDENTIALS_FULL_URI: {} is neither https nor this host nor an agent of ECS or EKS",
                    bracketed(url->host));
    }
    return full;
}

Result<ProviderRequest> container_request(const Container& config, const Secret& token) {
    ProviderRequest request{.url = config.url, .headers = {{"host", host_header(config.url)}}};
    if (!token.empty()) {
        // Editors put a line break at the end of the file. Inside of the token it would start another header.
        const std::string_view text = token.reveal();
        const auto end = text.find_last_not_of("\r\n");
        const auto value = end == std::string_view::npos ? std::string_view() : text.substr(0, end + 1);
        if (value.empty() || !fits_a_header(value)) {
            return fail(Errc::usage, "the container's authorization token cannot be in a header");
        }
        request.headers.push_back({"authorization", std::string(value)});
    }
    return request;
}

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
            co_return answer.error().within("the container agent");
        }
        if (!answer->is_good()) {
            co_return fail(Errc::denied, "the container agent responded with status {}", answer->status);
        }
        auto credentials = parse_container_response(answer->body);
        if (!credentials) {
            co_return credentials.error().within("the container agent");
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
            return fail(Errc::usage, "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE {}: the file is empty",
                        printable(config_.token_file));
        }
        return Secret(std::move(*text));
    }

    Container config_;
    const Environment& environment_;
    RetryingClient& client_;
};

}  // namespace

std::unique_ptr<Provider> container_provider(const Container& config, const ProviderContext& context) {
    return std::make_unique<ContainerProvider>(config, context);
}

}  // namespace tapalcatl::credentials
