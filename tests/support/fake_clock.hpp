#pragma once

#include "base/clock.hpp"

#include <atomic>
#include <chrono>

namespace tapalcatl::tests {

/// Time that passes when a test says so.
class FakeClock final : public Clock {
 public:
    SteadyTime now() const override { return SteadyTime(std::chrono::seconds(1'000'000) + passed_.load()); }
    WallTime wall() const override {
        return WallTime(std::chrono::seconds(1'600'000'000) + passed_.load() + set_by_.load());
    }

    void pass(std::chrono::seconds time) { passed_ = passed_.load() + time; }

    /// The wall clock alone: it is set, or the machine sleeps, in which the steady clock stands still.
    void set_wall_by(std::chrono::seconds time) { set_by_ = set_by_.load() + time; }

 private:
    std::atomic<std::chrono::seconds> passed_{std::chrono::seconds(0)};
    std::atomic<std::chrono::seconds> set_by_{std::chrono::seconds(0)};
};

}  // namespace tapalcatl::tests
