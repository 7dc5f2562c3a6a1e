#include "base/clock.hpp"

namespace tapalcatl {
namespace {

class SystemClock final : public Clock {
 public:
    SteadyTime now() const override { return std::chrono::steady_clock::now(); }
    WallTime wall() const override { return std::chrono::system_clock::now(); }
};

}  // namespace

const Clock& system_clock() {
    static const SystemClock clock;
    return clock;
}

}  // namespace tapalcatl
