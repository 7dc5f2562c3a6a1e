#pragma once

#include "base/awaitable.hpp"
#include "base/bytes.hpp"
#include "base/clock.hpp"
#include "base/error.hpp"

#include <algorithm>
#include <chrono>
#include <optional>
#include <string>

namespace tapalcatl::cache {

/// A second-level cache behind the one in memory: values under names, which survive a restart or are shared between
/// servers.
///
/// It may lose any value at any time, and values may come back damaged: callers check them (cache/cached_read.hpp). All
/// calls are made on one thread, the upstream thread, and coroutines resume on it. Lifetime: it outlives its
/// coroutines, unless the context has stopped running.
class Tier {
 public:
    virtual ~Tier() = default;

    /// The value under `name`; nullopt if there is none.
    ///
    /// Fails: timeout (no result by `deadline`); immediately: unavailable while the tier is known to be down, and
    /// overloaded; denied, too_large, corrupt, io.
    virtual Awaitable<Result<std::optional<SharedBytes>>> get(std::string name, SteadyTime deadline) = 0;

    /// Stores `value` under `name` and replaces an earlier value. A concurrent reader gets the old or the new value.
    /// The value is useless after `keep_for`: a tier may drop it then, or before. Requires: keep_for > 0.
    ///
    /// Fails: as get(). After a timeout the value may or may not be stored.
    virtual Awaitable<Result<void>> put(std::string name, SharedBytes value, std::chrono::seconds keep_for,
                                        SteadyTime deadline) = 0;

    /// The location of the tier for logs: "redis://cache:6379/0". It contains no secrets.
    virtual std::string name() const = 0;
};

/// Exponential backoff of something that fails: a pause of 1 s after the first failure, twice as long after each
/// further failure, 30 s at most.
class Backoff {
 public:
    /// A failure during a pause is not counted: that operation began before the pause.
    void failed(SteadyTime now) {
        if (!rests(now)) {
            pause_ = pause_.count() == 0 ? shortest : std::min(2 * pause_, longest);
            until_ = now + pause_;
        }
    }
    void succeeded() { *this = Backoff(); }

    bool is_failing() const { return pause_.count() != 0; }
    bool rests(SteadyTime now) const { return is_failing() && now < until_; }

 private:
    static constexpr std::chrono::seconds shortest{1};
    static constexpr std::chrono::seconds longest{30};

    std::chrono::seconds pause_{0};
    SteadyTime until_;
};

}  // namespace tapalcatl::cache
