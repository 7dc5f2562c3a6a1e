#pragma once

#include "base/awaitable.hpp"
#include "base/clock.hpp"
#include "base/fair_semaphore.hpp"
#include "base/handoff.hpp"
#include "source/archive.hpp"
#include "source/block_cache.hpp"
#include "source/held.hpp"
#include "storage/storage.hpp"
#include "zip/entry.hpp"

#include <boost/asio/any_io_executor.hpp>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace tapalcatl::source {

/// An entry of an archive, ready to be served.
struct Found {
    std::shared_ptr<const Block> block;  ///< gzip or identity, checked
    bool hit = false;                    ///< nothing had to be waited for
    bool stale = false;                  ///< served because the storage fails; say so to caches downstream
};

/// What happened so far. Read on any thread; each number grows for itself.
struct Counters {
    std::atomic<std::uint64_t> hits{0};           ///< entries answered from memory
    std::atomic<std::uint64_t> misses{0};         ///< entries that were waited for
    std::atomic<std::uint64_t> stale{0};          ///< entries served although the storage fails
    std::atomic<std::uint64_t> reads{0};          ///< reads asked of the storage
    std::atomic<std::uint64_t> bytes_read{0};     ///< bytes that they brought
    std::atomic<std::uint64_t> read_failures{0};  ///< reads that failed (a missing object is no failure)
    std::atomic<std::uint64_t> corrupt{0};        ///< archives or entries refused
    std::atomic<std::uint64_t> replaced{0};       ///< archives found changed
};

/// Entries of archives, through memory: each archive is read once however many ask, and no more of it than is needed.
///
/// find() is for any thread and never waits. What it does not hold, read() brings: a flight for each archive runs on
/// the upstream executor, where the storage lives, and wakes everyone who waits for an entry of it on their own
/// executors. Lifetime: outlives all coroutines of read(); the upstream context has stopped before this is destroyed.
class Archives {
 public:
    struct Options {
        ReadPolicy read;
        std::size_t cache_size = 256'000'000;              ///< bytes; 0 keeps nothing
        std::chrono::seconds fresh_for{300};               ///< 0: for ever
        std::chrono::seconds refresh_behind{3600};         ///< past freshness: revalidated behind the client's back
        std::chrono::seconds stale_for{24 * 3600};         ///< past freshness: served while the storage fails
        std::chrono::seconds missing_for{30};              ///< a missing archive is not asked for again
        std::chrono::seconds retry_after{5};               ///< between revalidations that fail
        std::chrono::milliseconds flight_timeout{10'000};  ///< for all reads that answer one batch of requests
        std::size_t reads_at_once = 256;              ///< of the storage; what nobody waits for any more is skipped
        std::uint64_t tile_limit = 32 * 1024 * 1024;  ///< bytes of one entry's content
    };

    Archives(storage::Storage& storage, boost::asio::any_io_executor upstream, const Clock& clock, Options options);
    ~Archives();

    /// The entry `entry` of the archive under `key`, or that there is none, if that can be told without waiting.
    ///
    /// Fails: not_found (no such archive), no_tile (no such entry).
    std::optional<Result<Found>> find(std::string_view key, std::string_view entry);

    /// The same, from the storage if need be. Resumes on the executor of the calling coroutine.
    ///
    /// Fails: as find(), corrupt, unsupported, too_large, denied, unavailable, timeout, io. Messages name the key.
    Awaitable<Result<Found>> read(std::string key, std::string entry, SteadyTime deadline);

    /// Asks the storage itself whether it answers: reads the head of the archive under `key`, past everything held
    /// here and in caches of the storage.
    /// Fails: as storage::Storage::read(); not_found where there is no such archive.
    Awaitable<Result<storage::Version>> probe(std::string key, SteadyTime deadline);

    const Counters& counters() const { return counters_; }
    const BlockCache& cache() const { return cache_; }
    const storage::Storage& storage() const { return storage_; }

 private:
    struct Flight;
    struct Batch;
    struct Opened {
        std::shared_ptr<const HeldDirectory> held;
        storage::Content tail;  ///< what was read to open it, if anything
    };
    using Waiter = Handoff<Result<Found>>;
    using Entries = std::vector<const zip::Entry*>;

    void board(std::string key, std::string entry, Waiter waiter);
    void revalidate(std::shared_ptr<ArchiveState> archive);
    void depart(const std::shared_ptr<Flight>& flight);
    Awaitable<void> fly(std::shared_ptr<Flight> flight);

    Awaitable<Result<Opened>> open(std::shared_ptr<Flight> flight, SteadyTime deadline);
    Awaitable<Result<ArchiveHead>> fetch_head(std::shared_ptr<Flight> flight, storage::Storage& from, std::string key,
                                              storage::Condition condition, SteadyTime deadline);
    std::shared_ptr<const HeldDirectory> install(const std::string& key, const ArchiveHead& head);
    void forget(const std::string& key, const std::shared_ptr<ArchiveState>& state);
    Result<Opened> fall_back(const std::string& key, const std::shared_ptr<const HeldDirectory>& held,
                             const std::shared_ptr<ArchiveState>& state, const Error& error);

    void answer_without(Flight& flight, const Error& error);
    void sort_out(Flight& flight, const Opened& opened, Batch& batch);
    Awaitable<void> fetch_missing(std::shared_ptr<Batch> batch, SteadyTime deadline);
    Awaitable<void> fetch_range(std::shared_ptr<Batch> batch, std::size_t index, SteadyTime deadline);
    Result<Found> check(const HeldDirectory& held, const zip::Entry& entry, Bytes bytes);
    void keep(const HeldDirectory& held, const storage::Content& content, const Entries& damaged);

    std::shared_ptr<ArchiveState> state_of(const std::string& key);
    SteadyTime fresh_until(std::chrono::seconds age) const;
    void sweep_states();

    storage::Storage& storage_;
    boost::asio::any_io_executor upstream_;
    const Clock& clock_;
    Options options_;
    BlockCache cache_;
    BlockCache missing_;
    Counters counters_;

    // Used on the upstream executor alone.
    std::shared_ptr<FairSemaphore> read_slots_;  ///< reads at once
    std::shared_ptr<FairSemaphore> memory_;      ///< their bytes
    zip::Inflater inflater_;
    std::unordered_map<std::string, std::shared_ptr<Flight>> flights_;
    std::unordered_map<std::string, std::weak_ptr<ArchiveState>> states_;
    std::size_t states_to_sweep_ = 1024;
};

}  // namespace tapalcatl::source
