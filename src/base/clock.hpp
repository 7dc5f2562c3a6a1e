#pragma once

#include <chrono>

namespace tapalcatl {

using SteadyTime = std::chrono::steady_clock::time_point;
using WallTime = std::chrono::system_clock::time_point;

/// A source of time, which tests replace. Thread-safe.
class Clock {
 public:
    virtual ~Clock() = default;

    /// For durations and deadlines.
    virtual SteadyTime now() const = 0;

    /// For dates in headers, signatures and logs.
    virtual WallTime wall() const = 0;
};

/// The clock of the system, which exists until the process ends.
inline const Clock& system_clock() {
    class SystemClock final : public Clock {
        SteadyTime now() const override { return std::chrono::steady_clock::now(); }
        WallTime wall() const override { return std::chrono::system_clock::now(); }
    };
    static const SystemClock clock;
    return clock;
}

}  // namespace tapalcatl
