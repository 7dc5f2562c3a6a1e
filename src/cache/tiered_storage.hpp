#pragma once

#include "base/clock.hpp"
#include "cache/tier.hpp"
#include "storage/storage.hpp"

#include <boost/asio/any_io_executor.hpp>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <unordered_map>

namespace tapalcatl::cache {

struct TieredOptions {
    std::string prefix;                        ///< of all names in the tier: CACHE_KEY_PREFIX
    std::string storage_name;                  ///< tells storages in one tier apart; empty: Storage::name()
    std::chrono::seconds fresh_for{300};       ///< older first reads are not used; 0: for ever
    std::chrono::seconds keep_for{24 * 3600};  ///< what the tier is told of values that stay right
    std::chrono::milliseconds budget{20};      ///< that one read waits for the tier
    std::chrono::milliseconds put_timeout{5000};
    std::uint64_t value_limit = 8'000'000;       ///< bytes; more is not put
    std::uint64_t puts_limit = 64;               ///< under way at once; further ones are dropped
    std::uint64_t put_bytes_limit = 32'000'000;  ///< of these, together
};

/// What happened so far. Read on any thread; each number grows for itself.
struct TierCounters {
    using Count = std::atomic<std::uint64_t>;

    Count hits{0};          ///< reads that the tier answered
    Count misses{0};        ///< reads of which it had nothing that may be used
    Count damaged{0};       ///< of these, those where it had something else than what was put
    Count failures{0};      ///< reads where it failed, time-outs left out
    Count timeouts{0};      ///< reads where it took too long
    Count skipped{0};       ///< reads where it wasn't asked, as it took too long before
    Count puts{0};          ///< values that were put
    Count put_failures{0};  ///< values that could not be put
    Count dropped{0};       ///< values that were not put, as too many were under way
};

/// A storage with a tier in front of it.
class TieredStorage : public storage::Storage {
 public:
    virtual const TierCounters& counters() const = 0;
};

/// Reads of `inner` through `tier`.
///
/// - Reads with IfMatch are named by the version, so that what is found is right. Reads without a condition are
///   answered by the tier for `fresh_for` after the storage was asked; Content::time_since_validation says how long ago
///   that was. Reads with IfNoneMatch always go to `inner`.
/// - What `inner` brings is put into the tier behind the caller's back: what was read with IfMatch or without a
///   condition, and what replaced an object that was asked for with IfNoneMatch. Never a failure or "not modified",
///   and nothing of an object without ETag and date, whose states cannot be told apart.
/// - Where `inner` turns out to have another state of an object, or none, first reads of before do not count any more;
///   so do all reads of before after invalidate().
/// - A tier that fails costs a warning; one that is slow costs `budget`, and after three times in a row it is left
///   alone for a second, later up to 30.
///
/// Whoever can write to the tier can change what is served: nothing in it is signed.
/// Lifetime: the executor, where all this is called, and the clock outlive it. Puts may be under way when it is
/// destroyed: they keep the tier until they are done.
std::unique_ptr<TieredStorage> make_tiered_storage(std::unique_ptr<storage::Storage> inner, std::unique_ptr<Tier> tier,
                                                   TieredOptions options, boost::asio::any_io_executor executor,
                                                   const Clock& clock);

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
