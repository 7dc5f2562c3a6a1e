#pragma once

#include "base/clock.hpp"

#include <chrono>
#include <functional>
#include <optional>
#include <string_view>

namespace tapalcatl::net {

/// Whether and how a failed attempt may be repeated.
enum class RetryClass { none, transient, throttling };

/// AWS's standard retry mode: attempts, waits, and what retries may cost in all.
struct RetryOptions {
    unsigned attempts = 3;  ///< with the first one
    std::chrono::milliseconds base{50};
    std::chrono::milliseconds throttled_base{1000};
    std::chrono::milliseconds max_delay{20'000};
    /// How much longer than the wait of our own a server may make us wait.
    std::chrono::milliseconds max_added_delay{5'000};
};

/// What is left for retries, in tokens, shared by all requests to one storage: when everything fails, nothing is
/// retried any more. Not for several threads.
class RetryTokens {
 public:
    static constexpr unsigned capacity = 500;
    static constexpr unsigned transient_cost = 14;
    static constexpr unsigned throttling_cost = 5;

    /// Takes `cost`, if that many are left.
    bool take(unsigned cost);
    void give_back(unsigned amount);
    unsigned left() const { return left_; }

 private:
    unsigned left_ = capacity;
};

/// The attempts of one request.
class Retry {
 public:
    /// A number from 0 up to, not including, 1.
    using Random = std::function<double()>;

    /// Lifetime: `tokens` outlives this.
    Retry(RetryTokens& tokens, RetryOptions options, Random random)
        : tokens_(tokens), options_(options), random_(std::move(random)) {}

    /// How long to wait before the next attempt; nullopt: do not try again. Called after each failed attempt.
    /// `requested` is how long the server asks to wait. The next attempt begins before `deadline`, or there is none.
    std::optional<std::chrono::milliseconds> after_failure(RetryClass kind,
                                                           std::optional<std::chrono::milliseconds> requested,
                                                           SteadyTime now, SteadyTime deadline);

    /// Called after the attempt that succeeded: gives back what the last retry cost, or one token if there was none.
    void after_success();

    /// Attempts that have failed.
    unsigned failed() const { return failed_; }

 private:
    RetryTokens& tokens_;
    RetryOptions options_;
    Random random_;
    unsigned failed_ = 0;
    unsigned last_cost_ = 0;
};

/// How long a server asks to wait: x-amz-retry-after in milliseconds, else Retry-After in seconds or as a date. Empty
/// texts are headers that are not there. nullopt if neither says anything that can be understood.
std::optional<std::chrono::milliseconds> retry_after(std::string_view x_amz_retry_after, std::string_view retry_after,
                                                     WallTime now);

/// How far the server's clock, as in its Date header, is ahead of `now`. nullopt if `date` is not a date.
std::optional<std::chrono::seconds> clock_offset(std::string_view date, WallTime now);

}  // namespace tapalcatl::net
