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

#include <cstdint>
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
};

/// The archives of the storages that tilesets use. Each storage is opened once, however many tilesets are in it, with a
/// second tier in front of it where the settings ask for one. All share one memory.
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
    /// to the storage yet. Called on one thread at a time. Fails: as StorageFactory::open() and add_second_tier().
    /// Lifetime of the result: this.
    Result<source::Archives*> open(const Location& location, StorageAccess access,
                                   source::ZipComments comments = source::ZipComments::ignored);

    /// Waits until all work that is under way has ended. False if some of it goes on at `deadline`. Resumes on the
    /// executor of the calling coroutine.
    Awaitable<bool> settle(SteadyTime deadline);

    ReadTotals read_totals() const;
    source::Memory& memory() { return memory_; }
    /// Name of the second tier, for people; empty if there is none.
    const std::string& tier_name() const { return tier_name_; }

 private:
    /// The exact_url_of() the location, how it is accessed, and what comments are.
    using Key = std::tuple<std::string, StorageAccess, source::ZipComments>;

    struct Store {
        std::unique_ptr<storage::Storage> storage;
        std::unique_ptr<source::Archives> archives;
    };

    std::vector<source::Archives*> all() const;
    Result<std::unique_ptr<storage::Storage>> open_storage(const Location& location, const StorageAccess& access);
    std::string identity_of(const Location& location, const StorageAccess& access) const;
    source::Archives::Options archive_options(const Location& location, const StorageAccess& access) const;

    const Settings& settings_;
    const EnvironmentVariables environment_;
    boost::asio::io_context& upstream_;
    BackgroundWork background_;
    source::Memory memory_;
    StorageFactory storages_;
    std::string tier_name_;
    mutable std::mutex mutex_;  ///< for stores_: a meta.json opens further ones while others are served
    std::map<Key, Store> stores_;
};

}  // namespace tapalcatl::app
