#include "net/retry_policy.hpp"

#include "base/text.hpp"
#include "web/date.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>

namespace tapalcatl::net {

using std::chrono::milliseconds;

bool RetryTokens::take(unsigned cost) {
    if (cost > left_) {
        return false;
    }
    left_ -= cost;
    return true;
}

void RetryTokens::give_back(unsigned amount) {
    left_ += std::min(amount, capacity - left_);
}

std::optional<milliseconds> Retry::after_failure(RetryClass kind, std::optional<milliseconds> requested, SteadyTime now,
                                                 SteadyTime deadline) {
    ++failed_;
    if (kind == RetryClass::none || failed_ >= options_.attempts) {
        return std::nullopt;
    }
    const bool throttled = kind == RetryClass::throttling;
    const auto base = throttled ? options_.throttled_base : options_.base;
    const auto ceiling = std::min(std::ldexp(static_cast<double>(base.count()), static_cast<int>(failed_) - 1),
                                  static_cast<double>(options_.max_delay.count()));
    auto wait = milliseconds(static_cast<milliseconds::rep>(std::clamp(random_(), 0.0, 1.0) * ceiling));
    if (requested) {
        wait = std::max(wait, std::min(*requested, wait + options_.max_added_delay));
    }
    if (now + wait >= deadline) {
        return std::nullopt;
    }
    const auto cost = throttled ? RetryTokens::throttling_cost : RetryTokens::transient_cost;
    if (!tokens_.take(cost)) {
        return std::nullopt;
    }
    last_cost_ = cost;
    return wait;
}

void Retry::after_success() {
    tokens_.give_back(last_cost_ == 0 ? 1 : last_cost_);
}

std::optional<milliseconds> retry_after(std::string_view x_amz_retry_after, std::string_view retry_after,
                                        WallTime now) {
    // Longer delays than a day are never waited for; the limit prevents overflows.
    constexpr std::uint64_t max_seconds = 24 * 60 * 60;
    if (const auto exact = parse_number(trim(x_amz_retry_after))) {
        return milliseconds(std::min(*exact, max_seconds * 1000));
    }
    const auto text = trim(retry_after);
    if (is_digits(text)) {
        const auto seconds = parse_number(text).value_or(max_seconds);
        return std::chrono::seconds(std::min(seconds, max_seconds));
    }
    const auto offset = clock_offset(text, now);
    if (!offset) {
        return std::nullopt;
    }
    return std::clamp(*offset, std::chrono::seconds(0), std::chrono::seconds(max_seconds));
}

std::optional<std::chrono::seconds> clock_offset(std::string_view date, WallTime now) {
    const auto there = web::parse_date(date);
    // A date that is many decades away is not a clock's; the limits also prevent overflows.
    if (!there || *there < std::chrono::sys_days(std::chrono::year(2000) / 1 / 1) ||
        *there > std::chrono::sys_days(std::chrono::year(2200) / 1 / 1)) {
        return std::nullopt;
    }
    return *there - std::chrono::floor<std::chrono::seconds>(now);
}

}  // namespace tapalcatl::net
