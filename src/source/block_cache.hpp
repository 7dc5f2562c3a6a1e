#pragma once

#include "source/held.hpp"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace tapalcatl::source {

/// What is held in memory, within a budget in bytes. Safe from any thread.
///
/// Eviction is S3-FIFO (Yang et al., SOSP 2023): what is asked for only once passes through a small queue and does not
/// displace what is asked for again and again, so that a scan over a continent leaves the city centres in place.
class BlockCache {
 public:
    /// `budget` in bytes; 0 keeps nothing.
    explicit BlockCache(std::size_t budget);
    ~BlockCache();
    BlockCache(const BlockCache&) = delete;
    BlockCache& operator=(const BlockCache&) = delete;

    /// What is held under `key`, or null. Cost: a hash, a lock that is hardly ever contended, no allocation.
    std::shared_ptr<const Held> find(std::string_view key);

    /// The same, without counting as a use.
    std::shared_ptr<const Held> peek(std::string_view key) const;

    /// Holds `value` under `key` instead of what was there. What is larger than a shard's budget is not kept.
    void insert(std::string_view key, std::shared_ptr<const Held> value);

    void erase(std::string_view key);

    /// Bytes held, with the bookkeeping for them.
    std::size_t used() const;
    std::size_t budget() const { return budget_; }

    /// Takes `bytes` out of the budget for a fetch in flight, evicting what no longer fits, until release().
    void reserve(std::size_t bytes);
    void release(std::size_t bytes) { reserved_.fetch_sub(bytes, std::memory_order_relaxed); }
    std::size_t reserved() const { return reserved_.load(std::memory_order_relaxed); }

 private:
    class Shard;

    Shard& shard_of(std::uint64_t hash) const {
        return *shards_[static_cast<std::size_t>(hash >> 48) % shards_.size()];
    }
    std::size_t shard_budget() const;

    std::size_t budget_;
    std::atomic<std::size_t> reserved_{0};
    std::vector<std::unique_ptr<Shard>> shards_;
};

}  // namespace tapalcatl::source
