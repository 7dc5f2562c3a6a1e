#pragma once

#include "base/error.hpp"
#include "base/handoff.hpp"
#include "source/held.hpp"

#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace tapalcatl::source {

/// An entry of an archive, ready to be served.
struct Found {
    std::shared_ptr<const Block> block;  ///< gzip or identity, checked
    bool hit = false;                    ///< nothing had to be waited for
    bool stale = false;                  ///< past its freshness while the storage fails; say so to caches downstream
};

/// Somebody who waits for an entry, on an executor of his own.
struct Waiter {
    Handoff<Result<Found>> handoff;
    bool was_replaced = false;  ///< the archive was replaced once while it was read for him
};

/// An entry and all who wait for it.
struct Wanted {
    std::string key;
    std::string entry;
    std::vector<Waiter> waiters;

    bool is_wanted() const {
        return std::any_of(waiters.begin(), waiters.end(),
                           [](const Waiter& waiter) { return !waiter.handoff.is_abandoned(); });
    }

    void answer(const Result<Found>& found) const {
        for (const auto& waiter : waiters) {
            waiter.handoff.put(found);
        }
    }

    /// Adds those who wait for the same.
    void join(Wanted other) {
        waiters.insert(waiters.end(), std::make_move_iterator(other.waiters.begin()),
                       std::make_move_iterator(other.waiters.end()));
    }
};

}  // namespace tapalcatl::source
