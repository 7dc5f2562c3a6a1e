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
    std::string prefix;                        ///< of all names in the tier, CACHE_KEY_PREFIX
    std::string storage_name;                  ///< distinguishes storages that share a tier; empty: Storage::name()
    std::chrono::seconds fresh_for{300};       ///< maximum age of first reads that are used; 0: unlimited
    std::chrono::seconds keep_for{24 * 3600};  ///< time to live of values that cannot become outdated
    std::chrono::milliseconds budget{20};      ///< that a read waits for the tier
    std::chrono::milliseconds put_timeout{5000};
    bool writes_behind = true;  ///< false: a read waits for its write, for `budget` at most; then the write is given up
    std::uint64_t value_limit = 8'000'000;       ///< bytes; larger values are not stored
    std::uint64_t puts_limit = 64;               ///< concurrent writes; further ones are dropped
    std::uint64_t put_bytes_limit = 32'000'000;  ///< sum of the sizes of concurrent writes
};

/// Counters since the start. Read on any thread; they are not updated together.
struct TierCounters {
    using Count = std::atomic<std::uint64_t>;

    Count hits{0};          ///< reads that the tier answered
    Count misses{0};        ///< reads for which the tier had no usable value
    Count damaged{0};       ///< misses because the value was damaged
    Count failures{0};      ///< reads where the tier failed, timeouts excluded
    Count timeouts{0};      ///< reads where the tier did not answer in time
    Count skipped{0};       ///< reads that bypassed the tier because it had been too slow
    Count puts{0};          ///< values that were stored
    Count put_failures{0};  ///< values that could not be stored
    Count dropped{0};       ///< values that were not stored because too many writes were running
};

/// A storage with a tier in front of it.
class TieredStorage : public storage::Storage {
 public:
    virtual const TierCounters& counters() const = 0;
};

/// Reads of `inner` through `tier`.
///
/// - The version is part of the name of a read with IfMatch, so that a value found under it is right for ever. A read
///   without a condition is answered by the tier until `fresh_for` has passed since the storage was asked;
///   Content::time_since_validation says how much time has passed. A read with IfNoneMatch always goes to `inner`.
/// - Content from `inner` is stored in the tier (see writes_behind): content read with IfMatch or without a condition,
///   and new content read with IfNoneMatch. Failures and "not modified" are never stored, nor is an object with
///   neither ETag nor date, whose versions cannot be distinguished.
/// - When `inner` turns out to have another version of an object, or none, earlier first reads are not used any more.
///   After invalidate() no earlier read is used.
/// - A tier that fails causes a warning. A slow tier delays a read by `budget`; after three slow reads in a row it is
///   bypassed for 1 s, later for up to 30 s.
///
/// Storages may share a tier, if all are used on one executor.
///
/// Values are not signed: a party that can write to the tier can change what is served. Lifetime: the executor, on
/// which all calls are made, and the clock outlive it. Writes that are running when it is destroyed keep the tier alive
/// until they are done.
std::unique_ptr<TieredStorage> make_tiered_storage(std::unique_ptr<storage::Storage> inner, std::shared_ptr<Tier> tier,
                                                   TieredOptions options, boost::asio::any_io_executor executor,
                                                   const Clock& clock);

/// For objects whose older reads are known to be wrong: the time from which on reads are valid.
///
/// The memory is bounded: when it is full, the latest of these times applies to all objects.
class InvalidationTimes {
 public:
    explicit InvalidationTimes(std::size_t max_keys = 10'000) : max_keys_(max_keys) {}

    /// Declares reads of `key` from before `time` invalid.
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
