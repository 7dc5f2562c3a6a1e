#pragma once

#include "app/second_tier.hpp"
#include "app/storage_factory.hpp"
#include "base/awaitable.hpp"
#include "base/clock.hpp"
#include "base/error.hpp"
#include "settings/configuration.hpp"
#include "settings/location.hpp"
#include "settings/settings.hpp"
#include "source/archives.hpp"
#include "source/memory.hpp"
#include "storage/storage.hpp"

#include <boost/asio/io_context.hpp>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <tuple>
#include <vector>

namespace tapalcatl::app {

/// What was read since the start.
struct ReadTotals {
    std::uint64_t reads = 0;
    std::uint64_t bytes = 0;

    void add(const source::Counters& counters);
};

/// The archives of the storages that tilesets use. Each storage is open once, however many tilesets are in it, and is
/// closed when the last of them has gone. All share one memory, and the second tier if the settings ask for one.
///
/// Lifetime: `settings` and `upstream` outlive this. The upstream context has stopped before this is destroyed.
class ArchiveStores {
 public:
    ArchiveStores(const Settings& settings, const EnvironmentVariables& environment, boost::asio::io_context& upstream,
                  BackgroundWork background);
    ~ArchiveStores();

    ArchiveStores(const ArchiveStores&) = delete;
    ArchiveStores& operator=(const ArchiveStores&) = delete;

    /// The archives at `location`, which is accessed as `access` says. All else comes from the settings. Sends nothing
    /// to the storage yet. Safe from any thread.
    ///
    /// When the last pointer has gone, the storage is closed on the upstream executor, behind all that is under way. It
    /// may be opened again at any time.
    /// Fails: as StorageFactory::open() and open_second_tier(). Lifetime of what the result points to: this.
    Result<std::shared_ptr<source::Archives>> open(const Location& location, StorageAccess access,
                                                   source::ZipComments comments = source::ZipComments::ignored);

    /// Storages that are opened from now on have what AWS's files say by then.
    void forget_aws_files();

    /// Waits until all work that is under way has ended. False if some of it goes on at `deadline`. Resumes on the
    /// executor of the calling coroutine.
    Awaitable<bool> settle(SteadyTime deadline);

    ReadTotals read_totals() const;
    /// How many storages are open, those that are being closed included.
    std::size_t size() const;
    source::Memory& memory() { return memory_; }
    /// Name of the second tier, for people; empty if there is none.
    std::string tier_name() const;

 private:
    /// The exact_url_of() the location, how it is accessed, and what comments are.
    using Key = std::tuple<std::string, StorageAccess, source::ZipComments>;

    class Lease;

    struct Store {
        std::unique_ptr<storage::Storage> storage;
        std::unique_ptr<source::Archives> archives;
        std::weak_ptr<Lease> lease;  ///< expired: nobody uses it
    };

    using Batch = std::vector<Store>;

    /// What leases and closing coroutines may outlive is behind a weak pointer to this.
    struct Open {
        explicit Open(source::Memory& of) : memory(of) {}

        source::Memory& memory;
        std::atomic<bool> has_unused{false};  ///< close_unused() is about to run
        std::mutex mutex;
        std::map<Key, Store> stores;
        std::list<Batch> closing;
        ReadTotals closed;  ///< read from storages that are closed
    };

    static std::shared_ptr<source::Archives> leased(const std::shared_ptr<Open>& open, Store& store);
    static void close_unused(const std::weak_ptr<Open>& weak);
    static Awaitable<void> close(std::weak_ptr<Open> weak, std::list<Batch>::iterator batch);

    Result<std::unique_ptr<storage::Storage>> open_storage(const Location& location, const StorageAccess& access);
    void warn_of_endpoint(const BucketLocation& bucket, const StorageAccess& access);
    std::string identity_of(const Location& location, const StorageAccess& access);
    source::Archives::Options archive_options(const Location& location, const StorageAccess& access) const;

    const Settings& settings_;
    const EnvironmentVariables environment_;
    boost::asio::io_context& upstream_;
    BackgroundWork background_;
    source::Memory memory_;
    StorageFactory storages_;
    std::shared_ptr<cache::Tier> tier_;  ///< null: none, or no storage was opened yet
    mutable std::mutex opening_;         ///< for storages_ and tier_: held while one storage is opened
    std::shared_ptr<Open> open_ = std::make_shared<Open>(memory_);
};

}  // namespace tapalcatl::app
