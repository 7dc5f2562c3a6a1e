#pragma once

#include "base/clock.hpp"

#include <algorithm>
#include <chrono>

namespace tapalcatl::cache {

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
