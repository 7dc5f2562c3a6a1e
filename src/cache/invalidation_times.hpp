#pragma once

#include "base/clock.hpp"

#include <algorithm>
#include <string>
#include <unordered_map>

namespace tapalcatl::cache {

/// From when on what was read of an object counts, for those of which older reads are known to be wrong.
///
/// The memory is bounded: if it is full, all reads of all objects count from now on only.
class InvalidationTimes {
 public:
    explicit InvalidationTimes(std::size_t max_keys = 10'000) : max_keys_(max_keys) {}

    /// What was read of `key` before `time` does not count.
    void invalidate_before(const std::string& key, WallTime time) {
        if (times_.size() >= max_keys_ && times_.count(key) == 0) {
            for (const auto& other : times_) {
                for_all_ = std::max(for_all_, other.second);
            }
            times_.clear();
        }
        auto& there = times_[key];
        there = std::max(there, time);
    }

    bool is_valid(const std::string& key, WallTime read_at) const {
        const auto found = times_.find(key);
        return read_at >= for_all_ && (found == times_.end() || read_at >= found->second);
    }

 private:
    std::size_t max_keys_;
    std::unordered_map<std::string, WallTime> times_;
    WallTime for_all_ = WallTime::min();
};

}  // namespace tapalcatl::cache
