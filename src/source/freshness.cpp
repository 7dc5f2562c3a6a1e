#include "source/freshness.hpp"

#include <algorithm>

namespace tapalcatl::source {

Moment Moment::before(std::chrono::nanoseconds time) const {
    return {steady - std::chrono::duration_cast<SteadyTime::duration>(time),
            wall - std::chrono::duration_cast<WallTime::duration>(time)};
}

std::chrono::nanoseconds elapsed(const Moment& since, const Moment& now) {
    const std::chrono::nanoseconds steady = now.steady - since.steady;
    const std::chrono::nanoseconds wall = now.wall - since.wall;
    return std::max({steady, wall, std::chrono::nanoseconds(0)});
}

Age age_of(std::chrono::nanoseconds time_since_validation, bool is_failing, const FreshnessRules& rules) {
    if (is_fresh(time_since_validation, rules.fresh_for)) {
        return Age::fresh;
    }
    const auto past = time_since_validation - rules.fresh_for;
    const auto limit = is_failing ? rules.stale_for : rules.refresh_behind;
    return past <= limit ? Age::past : Age::expired;
}

}  // namespace tapalcatl::source
