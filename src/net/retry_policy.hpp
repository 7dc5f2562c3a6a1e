#pragma once

#include "base/clock.hpp"

#include <chrono>
#include <functional>
#include <optional>
#include <string_view>

namespace tapalcatl::net {

/// Whether and how a failed attempt may be retried.
enum class RetryClass { none, transient, throttling };

/// The limits of AWS's standard retry mode.
struct RetryOptions {
    unsigned attempts = 3;  ///< including the first one
    std::chrono::milliseconds base{50};
    std::chrono::milliseconds throttled_base{1000};
    std::chrono::milliseconds max_delay{20'000};
    /// How much a server may lengthen our own backoff by Retry-After.
    std::chrono::milliseconds max_added_delay{5'000};
};

/// The retry quota, in tokens, of all requests to one storage: when all requests fail, retries stop. Not thread-safe.
class RetryTokens {
 public:
    static constexpr unsigned capacity = 500;
    static constexpr unsigned transient_cost = 14;
    static constexpr unsigned throttling_cost = 5;

    /// Takes `cost` tokens; false, taking none, if fewer are left.
    bool take(unsigned cost);
    void give_back(unsigned amount);
    unsigned left() const { return left_; }

 private:
    unsigned left_ = capacity;
};

/// The retries of one request.
class Retry {
 public:
    /// A random number in [0, 1).
    using Random = std::function<double()>;

    /// Lifetime: `tokens` outlives this.
    Retry(RetryTokens& tokens, RetryOptions options, Random random)
        : tokens_(tokens), options_(options), random_(std::move(random)) {}

    /// The delay before the next attempt; nullopt: do not retry. Called after each failed attempt. `requested` is the
    /// delay that the server requests. There is no retry that would begin at or after `deadline`.
    std::optional<std::chrono::milliseconds> after_failure(RetryClass kind,
                                                           std::optional<std::chrono::milliseconds> requested,
                                                           SteadyTime now, SteadyTime deadline);

    /// Called after the attempt that succeeded. Returns the cost of the last retry to the quota, or one token if there
    /// was no retry.
    void after_success();

    /// The number of failed attempts.
    unsigned failed() const { return failed_; }

 private:
    RetryTokens& tokens_;
    RetryOptions options_;
    Random random_;
    unsigned failed_ = 0;
    unsigned last_cost_ = 0;
};

/// The delay that a server requests: x-amz-retry-after in milliseconds, else Retry-After in seconds or as a date. An
/// empty text is an absent header. nullopt if neither header is valid.
std::optional<std::chrono::milliseconds> retry_after(std::string_view x_amz_retry_after, std::string_view retry_after,
                                                     WallTime now);

/// How far the server's clock, according to its Date header, is ahead of `now`. nullopt if `date` is not a date.
std::optional<std::chrono::seconds> clock_offset(std::string_view date, WallTime now);

}  // namespace tapalcatl::net
