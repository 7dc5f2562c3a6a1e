#include "net/retry_policy.hpp"

#include <gtest/gtest.h>

#include <optional>

namespace tapalcatl::net {
namespace {

using namespace std::chrono_literals;
using enum RetryClass;

constexpr SteadyTime now{1000s};
constexpr SteadyTime far = now + 1h;

double largest() {
    return 1.0;
}

Retry retry_with(RetryTokens& tokens, Retry::Random random = largest, RetryOptions options = {}) {
    return {tokens, options, std::move(random)};
}

TEST(Retries, wait_twice_as_long_each_time_and_are_three_attempts_in_all) {
    RetryTokens tokens;
    auto retry = retry_with(tokens);
    EXPECT_EQ(retry.after_failure(transient, {}, now, far), 50ms);
    EXPECT_EQ(retry.after_failure(transient, {}, now, far), 100ms);
    EXPECT_EQ(retry.after_failure(transient, {}, now, far), std::nullopt);
    EXPECT_EQ(retry.failed(), 3U);
}

TEST(Retries, wait_longer_when_throttled) {
    RetryTokens tokens;
    auto retry = retry_with(tokens);
    EXPECT_EQ(retry.after_failure(throttling, {}, now, far), 1000ms);
    EXPECT_EQ(retry.after_failure(transient, {}, now, far), 100ms);
}

TEST(Retries, wait_any_time_from_none_up_to_that) {
    RetryTokens tokens;
    auto none_at_all = retry_with(tokens, [] { return 0.0; });
    EXPECT_EQ(none_at_all.after_failure(throttling, {}, now, far), 0ms);
    auto half = retry_with(tokens, [] { return 0.5; });
    EXPECT_EQ(half.after_failure(throttling, {}, now, far), 500ms);
}

TEST(Retries, never_wait_longer_than_the_cap_however_many_there_are) {
    RetryTokens tokens;
    auto retry = retry_with(tokens, largest, {.attempts = 5000});
    for (unsigned failed = 0; failed < 3000; ++failed) {
        tokens.give_back(RetryTokens::capacity);
        const auto wait = retry.after_failure(throttling, {}, now, far);
        ASSERT_TRUE(wait);
        EXPECT_LE(*wait, 20s);
    }
}

TEST(Retries, are_not_for_what_will_fail_again) {
    RetryTokens tokens;
    auto retry = retry_with(tokens);
    EXPECT_EQ(retry.after_failure(none, 1ms, now, far), std::nullopt);
    EXPECT_EQ(tokens.left(), 500U);
}

TEST(Retries, begin_before_the_deadline_or_not_at_all) {
    RetryTokens tokens;
    auto retry = retry_with(tokens);
    EXPECT_EQ(retry.after_failure(transient, {}, now, now + 50ms), std::nullopt);
    EXPECT_EQ(tokens.left(), 500U);
    auto another = retry_with(tokens);
    EXPECT_EQ(another.after_failure(transient, {}, now, now + 51ms), 50ms);
    auto late = retry_with(tokens, [] { return 0.0; });
    EXPECT_EQ(late.after_failure(transient, {}, now, now - 1s), std::nullopt);
}

TEST(Retries, wait_as_long_as_the_server_asks_within_five_seconds) {
    RetryTokens tokens;
    EXPECT_EQ(retry_with(tokens).after_failure(transient, 3000ms, now, far), 3000ms);
    EXPECT_EQ(retry_with(tokens).after_failure(transient, 1h, now, far), 5050ms);
    EXPECT_EQ(retry_with(tokens).after_failure(transient, 1ms, now, far), 50ms);
    EXPECT_EQ(retry_with(tokens).after_failure(transient, 3000ms, now, now + 2s), std::nullopt);
}

TEST(RetryTokens, are_spent_by_kind_and_come_back_with_success) {
    RetryTokens tokens;
    auto retry = retry_with(tokens);
    retry.after_failure(throttling, {}, now, far);
    EXPECT_EQ(tokens.left(), 495U);
    retry.after_failure(transient, {}, now, far);
    EXPECT_EQ(tokens.left(), 481U);
    retry.after_success();
    EXPECT_EQ(tokens.left(), 495U);
    retry_with(tokens).after_success();
    EXPECT_EQ(tokens.left(), 496U);
}

TEST(RetryTokens, are_never_more_than_at_the_start) {
    RetryTokens tokens;
    retry_with(tokens).after_success();
    EXPECT_EQ(tokens.left(), 500U);
    tokens.give_back(4'000'000'000U);
    EXPECT_EQ(tokens.left(), 500U);
}

TEST(RetryTokens, run_out_when_everything_fails_so_that_an_outage_is_not_made_worse) {
    RetryTokens tokens;
    unsigned attempts = 0;
    for (unsigned request = 0; request < 1000; ++request) {
        auto retry = retry_with(tokens);
        do {
            ++attempts;
        } while (retry.after_failure(transient, {}, now, far));
    }
    EXPECT_EQ(attempts, 1000 + 500 / 14);
}

TEST(RetryAfter, is_in_milliseconds_in_seconds_or_a_date) {
    const WallTime wall = std::chrono::sys_days(std::chrono::year(2026) / 11 / 23);
    EXPECT_EQ(retry_after("1500", "7", wall), 1500ms);
    EXPECT_EQ(retry_after("", "7", wall), 7s);
    EXPECT_EQ(retry_after("soon", " 7 ", wall), 7s);
    EXPECT_EQ(retry_after("", "Mon, 23 Nov 2026 00:00:09 GMT", wall), 9s);
    EXPECT_EQ(retry_after("", "Sun, 22 Nov 2026 00:00:09 GMT", wall), 0s);
    EXPECT_EQ(retry_after("", "99999999999999999999999", wall), 24h);
    EXPECT_EQ(retry_after("18446744073709551615", "", wall), 24h);
    for (const auto* bad : {"", "-1", "1.5", "soon"}) {
        EXPECT_EQ(retry_after(bad, bad, wall), std::nullopt) << bad;
    }
}

TEST(ClockOffsets, are_how_far_the_server_is_ahead) {
    const WallTime now = std::chrono::sys_days(std::chrono::year(2026) / 11 / 23) + 1h + 500ms;
    EXPECT_EQ(clock_offset("Mon, 23 Nov 2026 02:00:00 GMT", now), 3600s);
    EXPECT_EQ(clock_offset("Mon, 23 Nov 2026 00:30:00 GMT", now), -1800s);
    EXPECT_EQ(clock_offset("", now), std::nullopt);
    EXPECT_EQ(clock_offset("Thu, 01 Jan 1970 00:00:00 GMT", now), std::nullopt);
    EXPECT_EQ(clock_offset("Fri, 31 Dec 9999 23:59:59 GMT", now), std::nullopt);
}

}  // namespace
}  // namespace tapalcatl::net
