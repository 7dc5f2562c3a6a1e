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

/// A cache behind the one in memory: values under names, which survive a restart or are shared with other servers.
///
/// It may lose anything at any time, and what it answers may be damaged: whoever uses it looks
/// (cache/cached_read.hpp). Called on one thread, the upstream one; a coroutine resumes there too. Lifetime: it
/// outlives its coroutines, or the context does not run any more.
class Tier {
 public:
    virtual ~Tier() = default;

    /// The value under `name`; nullopt if there is none.
    ///
    /// Fails: timeout (nothing by `deadline`); at once: unavailable while the tier is known to be down, overloaded;
    /// denied, too_large, corrupt, io.
    virtual Awaitable<Result<std::optional<SharedBytes>>> get(std::string name, SteadyTime deadline) = 0;

    /// Puts `value` under `name`, in place of what is there. What another reads meanwhile is the old one or the new
    /// one. After `keep_for` nobody wants it: a tier may drop it then, or before. Requires: keep_for > 0.
    ///
    /// Fails: as get(). After a time-out the value may be there or not.
    virtual Awaitable<Result<void>> put(std::string name, SharedBytes value, std::chrono::seconds keep_for,
                                        SteadyTime deadline) = 0;

    /// Where it is, for people: "redis://cache:6379/0". No secrets.
    virtual std::string name() const = 0;
};

/// How long something that fails is left alone: a second after the first failure, twice as long after each further
/// one, half a minute at the most.
class Backoff {
 public:
    /// Failures of what was begun before the rest count once.
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
