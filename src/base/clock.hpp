#pragma once

#include <chrono>

namespace tapalcatl {

using SteadyTime = std::chrono::steady_clock::time_point;
using WallTime = std::chrono::system_clock::time_point;

/// A source of time, which tests replace. Safe to read from any thread.
class Clock {
 public:
    virtual ~Clock() = default;

    /// For durations and deadlines.
    virtual SteadyTime now() const = 0;

    /// For dates that others read: headers, signatures, logs.
    virtual WallTime wall() const = 0;
};

/// The clock of the system. Lifetime: that of the process.
const Clock& system_clock();

}  // namespace tapalcatl
