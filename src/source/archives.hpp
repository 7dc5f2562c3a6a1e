#pragma once

#include "base/awaitable.hpp"
#include "base/clock.hpp"
#include "source/archive_table.hpp"
#include "source/entry_flights.hpp"
#include "source/head_flights.hpp"
#include "source/read_queue.hpp"
#include "source/wanted.hpp"
#include "source/zip_format.hpp"
#include "storage/storage.hpp"

#include <boost/asio/any_io_executor.hpp>

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace tapalcatl::source {

/// Entries of the archives of a storage, through memory: each thing is read once however many ask, and no more of it
/// than is needed.
///
/// find() is for any thread and never waits. What it does not have, read() brings: on the upstream executor, where the
/// storage lives, it looks once more, then joins the read of exactly what is missing, a directory or an entry, and
/// wakes those who wait for an entry on their own executors as soon as its bytes are there. Lifetime: outlives all
/// coroutines of its members. It is destroyed after the upstream context has stopped; or on the upstream executor, in a
/// turn in which it is idle, behind a turn in which it had settled and nobody could call its members any more.
class Archives {
 public:
    struct Options {
        ReadPolicy read;
        ArchiveTable::Options table;
        std::chrono::milliseconds flight_timeout{10'000};  ///< of each read, with the time that it queues
        std::size_t reads_at_once = 256;                   ///< of the storage
        GatherTimes gather;                                ///< worth it where a read takes much longer
        std::uint64_t tile_limit = 32 * 1024 * 1024;       ///< bytes of one entry's content
        ZipComments comments = ZipComments::ignored;
    };

    /// Lifetime: `storage`, `memory` and `clock` outlive this.
    Archives(storage::Storage& storage, Memory& memory, boost::asio::any_io_executor upstream, const Clock& clock,
             const Options& options);

    Archives(const Archives&) = delete;
    Archives& operator=(const Archives&) = delete;

    /// The entry `entry` of the archive under `key`, or that there is none, if that can be told without waiting.
    ///
    /// Fails: not_found (no such archive), no_tile (no such entry).
    std::optional<Result<Found>> find(std::string_view key, std::string_view entry);

    /// The same, from the storage if need be. Resumes on the executor of the calling coroutine.
    ///
    /// Fails: as find(), corrupt, unsupported, too_large, denied, unavailable, timeout, io. Messages name the key.
    Awaitable<Result<Found>> read(std::string key, std::string entry, SteadyTime deadline);

    /// Asks the storage itself whether it answers: reads the head of the archive under `key`, past everything held here
    /// and in caches of the storage, and past the reads that queue.
    /// Fails: as storage::Storage::read(); not_found where there is no such archive.
    Awaitable<Result<storage::Version>> probe(std::string key, SteadyTime deadline);

    /// Waits for all that is under way, also for nobody: reads, revalidations, and what the storage has left to do.
    /// False if not all of it has ended by `deadline`: it goes on then. Resumes on the executor of the calling
    /// coroutine.
    Awaitable<bool> settle(SteadyTime deadline);

    /// Whether nothing is under way but what the storage has left to do. To be called on the upstream executor.
    bool is_idle() const { return work_.is_idle(); }

    /// The storage's number in names of the cache: see Memory::forget_storages().
    std::uint32_t storage_number() const { return table_.storage_number(); }

    const Counters& counters() const { return *counters_; }
    const storage::Storage& storage() const { return storage_; }
    storage::Storage& storage() { return storage_; }
    const boost::asio::any_io_executor& upstream() const { return upstream_; }
    const Clock& clock() const { return clock_; }
    const Options& options() const { return options_; }

 private:
    bool may_serve(ArchiveState& state, bool& is_stale);
    void serve(Wanted wanted);
    void landed(HeadFlights::Landing landing);
    void answer_without_storage(const Wanted& wanted, const Error& error);
    Awaitable<bool> settle_upstream(SteadyTime deadline);
    Awaitable<Result<storage::Version>> ask_storage(std::string key, SteadyTime deadline);

    storage::Storage& storage_;
    const Clock& clock_;
    const Options options_;
    boost::asio::any_io_executor upstream_;
    std::shared_ptr<Counters> counters_ = std::make_shared<Counters>();
    WorkTracker work_;
    ArchiveTable table_;
    std::shared_ptr<const ContainerFormat> format_;
    ReadQueue queue_;
    FlightContext flights_;
    HeadFlights heads_;
    EntryFlights entries_;
};

}  // namespace tapalcatl::source
