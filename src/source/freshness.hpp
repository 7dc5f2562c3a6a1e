#pragma once

#include "base/clock.hpp"

#include <chrono>

/// How long what was read of a storage may be served. Functions of two times, without a clock of their own.
namespace tapalcatl::source {

/// A time by both clocks: the steady clock stands still while a machine sleeps, and the wall clock may be set.
struct Moment {
    SteadyTime steady;
    WallTime wall;

    static Moment now(const Clock& clock) { return {clock.now(), clock.wall()}; }

    Moment before(std::chrono::nanoseconds time) const;
};

/// The time from `since` to `now`, by the clock that saw more of it pass. So a sleep ages things, and a jump of the
/// wall clock does; a wall clock that was set back does not make them younger than the steady clock says. Never
/// negative.
std::chrono::nanoseconds elapsed(const Moment& since, const Moment& now);

struct FreshnessRules {
    std::chrono::seconds fresh_for{300};        ///< after the storage confirmed a version; 0: for ever
    std::chrono::seconds refresh_behind{3600};  ///< past freshness: revalidated behind the client's back
    std::chrono::seconds stale_for{24 * 3600};  ///< past freshness: served while the storage fails
};

/// Whether a version that the storage confirmed `time_since_validation` ago is fresh. `fresh_for`: as in
/// FreshnessRules.
inline bool is_fresh(std::chrono::nanoseconds time_since_validation, std::chrono::seconds fresh_for) {
    return fresh_for.count() == 0 || time_since_validation < fresh_for;
}

/// What may be done with something held.
enum class Age {
    fresh,    ///< serve it
    past,     ///< serve it, and have it revalidated
    expired,  ///< do not serve it before the storage was asked
};

/// The age of a version that the storage confirmed `time_since_validation` ago. `is_failing`: the storage failed when
/// it was asked for it last.
Age age_of(std::chrono::nanoseconds time_since_validation, bool is_failing, const FreshnessRules& rules);

}  // namespace tapalcatl::source
