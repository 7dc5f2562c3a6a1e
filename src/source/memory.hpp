#pragma once

#include "base/body_memory.hpp"
#include "base/fair_semaphore.hpp"
#include "base/memory_budget.hpp"
#include "base/page_arena.hpp"
#include "source/held.hpp"
#include "source/tile_cache.hpp"

#include <boost/asio/any_io_executor.hpp>

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <set>
#include <string_view>

namespace tapalcatl::source {

/// The memory of all sources of a process: one budget, and one cache that has what is left of it.
struct Memory {
    /// `size`: bytes of the budget; 0: nothing is kept. `upstream`: where storages are read.
    Memory(boost::asio::any_io_executor upstream, std::size_t size)
        : budget(std::make_shared<MemoryBudget>(size)),
          bodies(std::make_shared<BodyMemory>(upstream, budget, std::max(size / 4, least_in_flight))),
          missing_budget(std::make_shared<MemoryBudget>(max_missing)),
          cache(budget),
          missing(missing_budget),
          in_flight(std::make_shared<FairSemaphore>(std::move(upstream), std::max(size / 2, least_in_flight))) {}

    /// A number for a storage, which tells its names in the cache from those of others.
    std::uint32_t next_storage() { return storages_.fetch_add(1, std::memory_order_relaxed); }

    /// Forgets what is held of the storages with these numbers. Cost: a look at everything that is held.
    void forget_storages(const std::set<std::uint32_t>& numbers) {
        const auto is_of_them = [&](std::string_view name) { return numbers.contains(CacheNames::storage_of(name)); };
        cache.erase_if(is_of_them);
        missing.erase_if(is_of_them);
    }

    /// What is remembered of missing archives is small, and there may be many: somebody tries every tile of the ocean.
    static constexpr std::size_t max_missing = 4'000'000;

    /// Reads in flight take half of the budget at the most, but enough for a few at once.
    static constexpr std::size_t least_in_flight = 4'000'000;

    std::shared_ptr<MemoryBudget> budget;
    std::shared_ptr<PageArena> arena;    ///< for larger tiles, whose pages are charged to the budget; null: the heap
    std::shared_ptr<BodyMemory> bodies;  ///< for what servers send more than was asked for
    std::shared_ptr<MemoryBudget> missing_budget;
    TileCache cache;
    TileCache missing;
    std::shared_ptr<FairSemaphore> in_flight;  ///< the bytes that reads under way may bring

 private:
    std::atomic<std::uint32_t> storages_{0};
};

}  // namespace tapalcatl::source
