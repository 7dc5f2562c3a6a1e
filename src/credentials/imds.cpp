#include "credentials/imds.hpp"

#include "base/text.hpp"

#include <algorithm>
#include <utility>

namespace tapalcatl::credentials {
namespace {

/// A token is replaced so long before its end that no request comes too late with it.
constexpr std::chrono::seconds early{60};

/// What is asked for, and the most that a token lasts: six hours.
constexpr std::uint64_t max_seconds = 21'600;

}  // namespace

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

}  // namespace tapalcatl::credentials
