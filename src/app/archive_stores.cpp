#include "app/archive_stores.hpp"

#include "base/log.hpp"

#include <algorithm>
#include <chrono>
#include <utility>
#include <variant>

namespace tapalcatl::app {
namespace {

/// Twice the disk threads. Further reads wait where those that nobody wants any more are dropped.
constexpr std::size_t disk_reads_at_once = 8;

/// A browser that pans asks for the tiles of a view within a millisecond or two, and a read takes tens of milliseconds.
constexpr source::GatherTimes gather_over_network{std::chrono::microseconds(2000), std::chrono::microseconds(300)};

std::size_t memory_size(const Settings& settings) {
    const bool keeps = settings.cache.type.type != CacheType::off;
    return keeps ? static_cast<std::size_t>(settings.cache.size_bytes) : 0;
}

}  // namespace

ArchiveStores::ArchiveStores(const Settings& settings, const EnvironmentVariables& environment,
                             boost::asio::io_context& upstream, BackgroundWork background)
    : settings_(settings),
      environment_(environment),
      upstream_(upstream),
      background_(background),
      memory_(upstream.get_executor(), memory_size(settings)),
      storages_(environment, upstream, memory_.bodies) {}

ArchiveStores::~ArchiveStores() = default;

Result<source::Archives*> ArchiveStores::open(const Location& location, StorageAccess access,
                                              source::ZipComments comments) {
    Key key{exact_url_of(location), access, comments};
    {
        const std::scoped_lock lock(mutex_);
        if (const auto known = stores_.find(key); known != stores_.end()) {
            return known->second.archives.get();
        }
    }
    if (background_ == BackgroundWork::none) {
        access.hedge_after = std::chrono::milliseconds(0);  // the slower of two requests goes on behind the answer
    }
    auto opened = open_storage(location, access);
    if (!opened) {
        return opened.error();
    }
    auto options = archive_options(location, access);
    options.comments = comments;
    Store store{std::move(*opened), nullptr};
    store.archives =
        std::make_unique<source::Archives>(*store.storage, memory_, upstream_.get_executor(), system_clock(), options);
    auto* const archives = store.archives.get();
    const std::scoped_lock lock(mutex_);
    stores_.emplace(std::move(key), std::move(store));
    return archives;
}

Result<std::unique_ptr<storage::Storage>> ArchiveStores::open_storage(const Location& location,
                                                                      const StorageAccess& access) {
    auto storage = storages_.open(location, access);
    if (!storage) {
        return storage.error();
    }
    auto tiered = add_second_tier(std::move(*storage), identity_of(location, access), settings_, environment_,
                                  upstream_, background_);
    if (!tiered) {
        return tiered.error();
    }
    tier_name_ = std::move(tiered->tier);
    return std::move(tiered->storage);
}

/// Tells the storage from all others whose reads are kept in the same second tier: other S3-compatible stores may have
/// a bucket of the same name.
std::string ArchiveStores::identity_of(const Location& location, const StorageAccess& access) const {
    auto identity = exact_url_of(location);
    const auto* bucket = std::get_if<BucketLocation>(&location);
    if (bucket == nullptr) {
        return identity;
    }
    const auto configured = storages_.aws(access.credentials);
    if (!configured) {
        return identity;
    }
    identity += configured->endpoints.s3_url.empty() ? "" : " at " + configured->endpoints.s3_url;
    const auto address = bucket_address(*bucket, access.addressing, *configured);
    if (const auto warning = address ? endpoint_warning(*address) : std::nullopt) {
        log::warning("{}", *warning);
    }
    return identity;
}

source::Archives::Options ArchiveStores::archive_options(const Location& location, const StorageAccess& access) const {
    source::Archives::Options options;
    options.read = settings_.read;
    options.table.freshness.fresh_for = settings_.cache.fresh_for;
    options.table.freshness.stale_for = std::chrono::duration_cast<std::chrono::seconds>(settings_.cache.stale_for);
    options.flight_timeout = settings_.limits.flight_timeout;
    if (background_ == BackgroundWork::none) {
        options.table.revalidates_behind = false;
        // A read that outlives its requests is background work.
        options.flight_timeout = std::min(options.flight_timeout, settings_.limits.request_timeout);
    }
    options.tile_limit = settings_.limits.max_tile_size_bytes;
    if (std::holds_alternative<FolderLocation>(location)) {
        options.reads_at_once = disk_reads_at_once;
    } else {
        options.reads_at_once = static_cast<std::size_t>(access.connections);
        options.gather = gather_over_network;
    }
    return options;
}

std::vector<source::Archives*> ArchiveStores::all() const {
    const std::scoped_lock lock(mutex_);
    std::vector<source::Archives*> all;
    for (const auto& [name, store] : stores_) {
        all.push_back(store.archives.get());
    }
    return all;
}

ReadTotals ArchiveStores::read_totals() const {
    ReadTotals totals;
    for (const auto* archives : all()) {
        const auto& counters = archives->counters();
        totals.reads += counters.reads.load();
        totals.bytes += counters.bytes_read.load();
    }
    return totals;
}

Awaitable<bool> ArchiveStores::settle(SteadyTime deadline) {
    bool is_settled = true;
    for (auto* archives : all()) {
        const bool has_ended = co_await archives->settle(deadline);
        is_settled = is_settled && has_ended;
    }
    co_return is_settled;
}

}  // namespace tapalcatl::app
