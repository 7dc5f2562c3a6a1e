#include "app/archive_stores.hpp"

#include "base/log.hpp"
#include "cache/tier.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>

#include <algorithm>
#include <chrono>
#include <set>
#include <utility>
#include <variant>

namespace tapalcatl::app {
namespace {

/// Twice the disk threads. Further reads wait where those that nobody wants any more are dropped.
constexpr std::size_t disk_reads_at_once = 8;

/// A browser that pans asks for the tiles of a view within a millisecond or two, and a read takes tens of milliseconds.
constexpr source::GatherTimes gather_over_network{std::chrono::microseconds(2000), std::chrono::microseconds(300)};

/// A storage that is closed is asked so often whether its work has ended.
constexpr std::chrono::seconds settling_takes{60};

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

/// The use of a storage: it is closed if this was the last one.
class ArchiveStores::Lease {
 public:
    Lease(std::weak_ptr<Open> open, boost::asio::any_io_executor upstream)
        : open_(std::move(open)), upstream_(std::move(upstream)) {}
    Lease(const Lease&) = delete;
    Lease& operator=(const Lease&) = delete;
    ~Lease() {  // NOLINT(bugprone-exception-escape): only if memory runs out
        const auto open = open_.lock();
        if (open != nullptr && !open->has_unused.exchange(true)) {
            boost::asio::post(upstream_, [weak = open_] { close_unused(weak); });
        }
    }

 private:
    std::weak_ptr<Open> open_;
    boost::asio::any_io_executor upstream_;
};

std::shared_ptr<source::Archives> ArchiveStores::leased(const std::shared_ptr<Open>& open, Store& store) {
    auto lease = store.lease.lock();
    if (lease == nullptr) {
        lease = std::make_shared<Lease>(open, store.archives->upstream());
        store.lease = lease;
    }
    return {lease, store.archives.get()};
}

/// Called on the upstream executor. Two storages of the same key may exist for a while, of which one is being closed.
void ArchiveStores::close_unused(const std::weak_ptr<Open>& weak) {
    const auto open = weak.lock();
    if (open == nullptr) {
        return;
    }
    open->has_unused = false;
    const std::scoped_lock lock(open->mutex);
    Batch unused;
    for (auto each = open->stores.begin(); each != open->stores.end();) {
        if (each->second.lease.expired()) {
            unused.push_back(std::move(each->second));
            each = open->stores.erase(each);
        } else {
            ++each;
        }
    }
    if (!unused.empty()) {
        const auto upstream = unused.front().archives->upstream();
        const auto batch = open->closing.insert(open->closing.end(), std::move(unused));
        boost::asio::co_spawn(upstream, close(open, batch), boost::asio::detached);
    }
}

/// All that were unused at once are closed at once, because what memory holds of them is looked for in all of it.
Awaitable<void> ArchiveStores::close(std::weak_ptr<Open> weak, std::list<Batch>::iterator batch) {
    const auto upstream = batch->front().archives->upstream();
    std::set<std::uint32_t> numbers;
    for (std::size_t i = 0; i < batch->size(); ++i) {
        auto& archives = *(*batch)[i].archives;
        for (bool is_settled = false; !is_settled;) {
            const auto deadline = std::chrono::steady_clock::now() + settling_takes;
            is_settled = co_await archives.settle(deadline);
            // What has just ended may leave something behind it in the queue of the executor.
            co_await boost::asio::post(upstream, as_result);
            is_settled = is_settled && archives.is_idle();
        }
        numbers.insert(archives.storage_number());
    }
    if (const auto open = weak.lock()) {
        open->memory.forget_storages(numbers);
        const std::scoped_lock lock(open->mutex);
        for (const auto& store : *batch) {
            open->closed.add(store.archives->counters());
        }
        open->closing.erase(batch);
    }
}

Result<std::shared_ptr<source::Archives>> ArchiveStores::open(const Location& location, StorageAccess access,
                                                              source::ZipComments comments) {
    Key key{exact_url_of(location), access, comments};
    const std::scoped_lock opening(opening_);
    {
        const std::scoped_lock lock(open_->mutex);
        if (const auto known = open_->stores.find(key); known != open_->stores.end()) {
            return leased(open_, known->second);
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
    Store store{std::move(*opened), nullptr, {}};
    store.archives =
        std::make_unique<source::Archives>(*store.storage, memory_, upstream_.get_executor(), system_clock(), options);
    const std::scoped_lock lock(open_->mutex);
    auto& added = open_->stores.emplace(std::move(key), std::move(store)).first->second;
    return leased(open_, added);
}

Result<std::unique_ptr<storage::Storage>> ArchiveStores::open_storage(const Location& location,
                                                                      const StorageAccess& access) {
    auto storage = storages_.open(location, access);
    if (!storage) {
        return storage.error();
    }
    if (const auto* bucket = std::get_if<BucketLocation>(&location)) {
        warn_of_endpoint(*bucket, access);
    }
    if (tier_ == nullptr) {
        auto tier = open_second_tier(settings_, environment_, upstream_);
        if (!tier) {
            return tier.error();
        }
        tier_ = std::move(*tier);
    }
    if (tier_ == nullptr) {
        return std::move(*storage);
    }
    return put_in_front(tier_, std::move(*storage), identity_of(location, access), settings_, upstream_, background_);
}

void ArchiveStores::forget_aws_files() {
    const std::scoped_lock opening(opening_);
    storages_.forget_aws_files();
}

std::string ArchiveStores::tier_name() const {
    const std::scoped_lock opening(opening_);
    return tier_ != nullptr ? tier_->name() : std::string();
}

void ArchiveStores::warn_of_endpoint(const BucketLocation& bucket, const StorageAccess& access) {
    const auto configured = storages_.aws(access.credentials);
    if (!configured) {
        return;
    }
    const auto address = bucket_address(bucket, access.addressing, *configured);
    if (const auto warning = address ? endpoint_warning(*address) : std::nullopt) {
        log::warning("{}", *warning);
    }
}

/// Tells the storage from all others whose reads are kept in the same second tier: other S3-compatible stores may have
/// a bucket of the same name.
std::string ArchiveStores::identity_of(const Location& location, const StorageAccess& access) {
    auto identity = exact_url_of(location);
    if (!std::holds_alternative<BucketLocation>(location)) {
        return identity;
    }
    const auto configured = storages_.aws(access.credentials);
    if (configured && !configured->endpoints.s3_url.empty()) {
        identity += " at " + configured->endpoints.s3_url;
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

void ReadTotals::add(const source::Counters& counters) {
    reads += counters.reads.load();
    bytes += counters.bytes_read.load();
}

ReadTotals ArchiveStores::read_totals() const {
    const std::scoped_lock lock(open_->mutex);
    auto totals = open_->closed;
    for (const auto& [key, store] : open_->stores) {
        totals.add(store.archives->counters());
    }
    for (const auto& batch : open_->closing) {
        for (const auto& store : batch) {
            totals.add(store.archives->counters());
        }
    }
    return totals;
}

std::size_t ArchiveStores::size() const {
    const std::scoped_lock lock(open_->mutex);
    auto size = open_->stores.size();
    for (const auto& batch : open_->closing) {
        size += batch.size();
    }
    return size;
}

Awaitable<bool> ArchiveStores::settle(SteadyTime deadline) {
    std::vector<std::shared_ptr<source::Archives>> all;
    {
        const std::scoped_lock lock(open_->mutex);
        for (auto& [key, store] : open_->stores) {
            all.push_back(leased(open_, store));
        }
    }
    bool is_settled = true;
    for (const auto& archives : all) {
        const bool has_ended = co_await archives->settle(deadline);
        is_settled = is_settled && has_ended;
    }
    co_return is_settled;
}

}  // namespace tapalcatl::app
