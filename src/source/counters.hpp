#pragma once

#include <atomic>
#include <cstdint>

namespace tapalcatl::source {

/// What happened so far. Read on any thread; each number grows for itself.
struct Counters {
    using Count = std::atomic<std::uint64_t>;

    Count hits{0};           ///< entries answered from memory
    Count misses{0};         ///< entries that were waited for
    Count stale{0};          ///< entries served although the storage fails
    Count reads{0};          ///< reads asked of the storage
    Count bytes_read{0};     ///< bytes that they brought
    Count read_failures{0};  ///< reads that failed (a missing object is no failure)
    Count corrupt{0};        ///< archives or entries refused
    Count replaced{0};       ///< archives found changed
};

/// What happened so far in a tileset with several sources.
struct OrderedCounters {
    Counters::Count passed_over{0};  ///< sources that failed, so that the next one was asked
};

inline void count(Counters::Count& counter, std::uint64_t more = 1) {
    counter.fetch_add(more, std::memory_order_relaxed);
}

}  // namespace tapalcatl::source
