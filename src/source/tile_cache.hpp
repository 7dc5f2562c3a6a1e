#pragma once

#include "base/memory_budget.hpp"
#include "source/held.hpp"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string_view>
#include <vector>

namespace tapalcatl::source {

/// What is held in memory, within what a memory budget leaves for it. Safe from any thread.
///
/// What else is charged to the budget (reads in flight, and what slow clients hold of what was evicted) leaves less for
/// the cache. Eviction is S3-FIFO (Yang et al., SOSP 2023): what is asked for only once passes through a small queue
/// and does not displace what is asked for again and again, so that a scan over a continent leaves the city centres in
/// place.
class TileCache {
 public:
    /// A budget of 0 bytes keeps nothing.
    explicit TileCache(std::shared_ptr<MemoryBudget> budget);
    ~TileCache();
    TileCache(const TileCache&) = delete;
    TileCache& operator=(const TileCache&) = delete;

    /// What is held under `name`, or null. Cost: a hash, a lock that is hardly ever contended, no allocation.
    std::shared_ptr<const Held> find(std::string_view name);

    /// The same, without counting as a use.
    std::shared_ptr<const Held> peek(std::string_view name) const;

    /// Holds `value` under `name` instead of what was there. What is larger than a shard's part is not kept.
    void insert(std::string_view name, std::shared_ptr<const Held> value);

    void erase(std::string_view name);

    /// Erases all whose name `matches`. Cost: a look at each name, with a shard locked at a time.
    void erase_if(const std::function<bool(std::string_view name)>& matches);

    /// Evicts what is over the budget.
    void trim();

    /// Bytes held, with the bookkeeping for them.
    std::size_t used() const { return used_.load(std::memory_order_relaxed); }
    const std::shared_ptr<MemoryBudget>& budget() const { return budget_; }

 private:
    class Shard;

    Shard& shard_of(std::uint64_t hash) const {
        return *shards_[static_cast<std::size_t>(hash >> 48) % shards_.size()];
    }
    std::size_t part_of_shard(std::size_t not_counted) const;

    std::shared_ptr<MemoryBudget> budget_;
    std::atomic<std::size_t> used_{0};
    std::vector<std::unique_ptr<Shard>> shards_;
};

}  // namespace tapalcatl::source
