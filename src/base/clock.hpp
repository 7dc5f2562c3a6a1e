#pragma once

#include <chrono>

namespace tapalcatl {

using SteadyTime = std::chrono::steady_clock::time_point;
using WallTime = std::chrono::system_clock::time_point;

/// Where time comes from, so that tests can make it pass. Safe to read from any thread.
class Clock {
 public:
    virtual ~Clock() = default;

    /// For durations and deadlines.
    virtual SteadyTime now() const = 0;

    /// For dates that leave the process.
    virtual WallTime wall() const = 0;
};

/// The machine's own time. Lives as long as the process.
const Clock& system_clock();

}  // namespace tapalcatl
