#include "cache/tiered_storage.hpp"

#include "base/log.hpp"
#include "base/work_tracker.hpp"
#include "cache/cached_read.hpp"
#include "cache/tier.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

#include <algorithm>
#include <optional>
#include <utility>

namespace tapalcatl::cache {
namespace {

namespace asio = boost::asio;

/// Consecutive slow reads after which the tier is bypassed for a while.
constexpr unsigned max_slow_reads = 3;

/// Between two warnings at the least, whether the tier keeps failing or works in between.
constexpr std::chrono::seconds between_warnings{30};

void count(TierCounters::Count& counter) {
    counter.fetch_add(1, std::memory_order_relaxed);
}

/// Whether the version distinguishes states of the object (the size alone does not), and its validators fit into a
/// value.
bool is_distinct(const storage::Version& version) {
    return (!version.etag.empty() || !version.last_modified.empty()) && version.etag.size() <= max_validator_size &&
           version.last_modified.size() <= max_validator_size;
}

/// Logs when reading or writing a tier begins to fail, and when it works again. A tier that fails and works in turn,
/// as a node of a cluster does, is logged as often as one that keeps failing.
class Complaint {
 public:
    explicit Complaint(std::string_view use) : use_(use) {}

    void failed(const Tier& tier, const Error& error, SteadyTime now) {
        if (now >= warn_again_at_) {
            log::limited(log::Level::warning, "second tier", "second tier {}: {} fails, continuing without it: {}",
                         tier.name(), use_, error.message);
            warn_again_at_ = now + between_warnings;
            has_warned_ = true;
        }
    }

    void works(const Tier& tier) {
        if (std::exchange(has_warned_, false)) {
            log::limited(log::Level::info, "second tier", "second tier {}: {} works again", tier.name(), use_);
        }
    }

 private:
    std::string_view use_;
    bool has_warned_ = false;
    SteadyTime warn_again_at_ = SteadyTime::min();
};

/// State shared by the storage and its running writes, which may outlive it.
struct Shared {
    std::shared_ptr<Tier> tier;
    const Clock& clock;
    WorkTracker writes;
    TierCounters counters{};
    Complaint puts{"writing"};
    std::uint64_t puts_under_way = 0;
    std::uint64_t put_bytes_under_way = 0;
};

/// Counts a write as running for as long as it lives.
class UnderWay {
 public:
    UnderWay(std::shared_ptr<Shared> shared, std::uint64_t size)
        : shared_(std::move(shared)), size_(size), work_(shared_->writes.begin()) {
        ++shared_->puts_under_way;
        shared_->put_bytes_under_way += size_;
    }
    UnderWay(UnderWay&& other) noexcept
        : shared_(std::move(other.shared_)), size_(other.size_), work_(std::move(other.work_)) {}
    UnderWay& operator=(UnderWay&&) = delete;
    ~UnderWay() {
        if (shared_ != nullptr) {
            --shared_->puts_under_way;
            shared_->put_bytes_under_way -= size_;
        }
    }

    Shared& shared() const { return *shared_; }

 private:
    std::shared_ptr<Shared> shared_;
    std::uint64_t size_;
    WorkTracker::Work work_;
};

Awaitable<void> put(UnderWay under_way, std::string name, SharedBytes value, std::chrono::seconds keep_for,
                    SteadyTime deadline) {
    auto& shared = under_way.shared();
    const auto done = co_await shared.tier->put(name, value, keep_for, deadline);
    if (done) {
        count(shared.counters.puts);
        shared.puts.works(*shared.tier);
    } else {
        count(shared.counters.put_failures);
        shared.puts.failed(*shared.tier, done.error(), shared.clock.now());
    }
}

class Tiered final : public TieredStorage {
 public:
    Tiered(std::unique_ptr<storage::Storage> inner, std::shared_ptr<Tier> tier, TieredOptions options,
           asio::any_io_executor executor, const Clock& clock)
        : inner_(std::move(inner)),
          shared_(std::make_shared<Shared>(std::move(tier), clock, WorkTracker(executor))),
          options_(std::move(options)),
          executor_(std::move(executor)) {
        if (options_.storage_name.empty()) {
            options_.storage_name = inner_->name();
        }
    }

    Awaitable<Result<storage::Content>> read(std::string key, storage::Range range, storage::Condition condition,
                                             SteadyTime deadline) override {
        const auto* const match = std::get_if<storage::IfMatch>(&condition);
        const bool may_ask_tier =
            match != nullptr ? is_distinct(match->version) : std::holds_alternative<std::monostate>(condition);
        if (may_ask_tier) {
            auto kept = co_await find(key, range, condition, deadline);
            if (kept) {
                co_return std::move(*kept);
            }
        }
        const auto asked_at = now();
        auto content = co_await inner_->read(key, range, condition, deadline);
        learn(key, condition, content, asked_at);
        if (content && !content->not_modified && is_distinct(content->version)) {
            const auto read_at = asked_at - content->time_since_validation;
            const auto& kept = *content;
            co_await keep(key, range, condition, kept, read_at);
        }
        co_return content;
    }

    std::string name() const override { return inner_->name(); }

    storage::Storage& origin() override { return inner_->origin(); }

    Awaitable<bool> settle(SteadyTime deadline) override {
        const bool are_written = co_await shared_->writes.wait_until_idle(deadline);
        const bool is_settled = co_await inner_->settle(deadline);
        co_return are_written&& is_settled;
    }

    void invalidate(const std::string& key) override {
        inner_->invalidate(key);
        damaged_.invalidate_before(key, after(now()));
    }

    const TierCounters& counters() const override { return shared_->counters; }

 private:
    /// Rounded to the resolution of the times in values, so that comparisons with them are exact.
    WallTime now() const { return std::chrono::floor<std::chrono::microseconds>(shared_->clock.wall()); }

    /// The next representable time.
    static WallTime after(WallTime time) { return time + std::chrono::microseconds(1); }

    CacheKey name_of(const std::string& key, const storage::Range& range, const storage::Condition& condition) const {
        if (const auto* match = std::get_if<storage::IfMatch>(&condition)) {
            return versioned_cache_key(options_.prefix, options_.storage_name, key, match->version, range);
        }
        return first_read_cache_key(options_.prefix, options_.storage_name, key, range);
    }

    /// The tier's value, if it arrives in time and is usable.
    Awaitable<std::optional<storage::Content>> find(std::string key, storage::Range range, storage::Condition condition,
                                                    SteadyTime deadline) {
        auto& counters = shared_->counters;
        auto& tier = *shared_->tier;
        if (slow_.rests(shared_->clock.now())) {
            count(counters.skipped);
            co_return std::nullopt;
        }
        const auto name = name_of(key, range, condition);
        // A timer waits for this time, so it is taken from the real clock and not from `clock`.
        const auto ask_until = std::min(std::chrono::steady_clock::now() + options_.budget, deadline);
        const auto value = co_await tier.get(name.text, ask_until);
        note_speed(value);
        if (!value) {
            co_return std::nullopt;
        }
        gets_.works(tier);
        std::optional<storage::Content> content;
        if (*value) {
            content = usable(**value, name, key, range, condition);
        }
        count(content ? counters.hits : counters.misses);
        co_return content;
    }

    void note_speed(const Result<std::optional<SharedBytes>>& value) {
        auto& counters = shared_->counters;
        const auto now = shared_->clock.now();
        if (value || value.error().code != Errc::timeout) {
            slow_in_a_row_ = 0;
            slow_.succeeded();
            if (!value) {
                count(counters.failures);
                gets_.failed(*shared_->tier, value.error(), now);
            }
            return;
        }
        count(counters.timeouts);
        if (++slow_in_a_row_ >= max_slow_reads) {
            slow_.failed(now);
            gets_.failed(*shared_->tier, value.error(), now);
        }
    }

    std::optional<storage::Content> usable(const SharedBytes& bytes, const CacheKey& name, const std::string& key,
                                           const storage::Range& range, const storage::Condition& condition) {
        auto value = unpack(bytes, name.identity);
        const auto* const match = std::get_if<storage::IfMatch>(&condition);
        if (!value || !answers(value->content, range) ||
            (match != nullptr && match->version != value->content.version)) {
            count(shared_->counters.damaged);
            return std::nullopt;
        }
        const auto age = now() - value->read_at;
        if (age.count() < 0 || !damaged_.is_valid(key, value->read_at)) {
            return std::nullopt;
        }
        const bool is_fresh = options_.fresh_for.count() == 0 || age < options_.fresh_for;
        if (match == nullptr && (!is_fresh || !outdated_.is_valid(key, value->read_at))) {
            return std::nullopt;
        }
        value->content.time_since_validation = std::chrono::ceil<std::chrono::seconds>(age);
        return std::move(value->content);
    }

    /// If the storage has another version than the caller, the first read in the tier is outdated, too.
    void learn(const std::string& key, const storage::Condition& condition, const Result<storage::Content>& content,
               WallTime asked_at) {
        if (std::holds_alternative<std::monostate>(condition)) {
            return;
        }
        const bool is_gone =
            !content && (content.error().code == Errc::replaced || content.error().code == Errc::not_found);
        if (is_gone) {
            outdated_.invalidate_before(key, after(now()));
        } else if (std::holds_alternative<storage::IfNoneMatch>(condition) && content && !content->not_modified) {
            outdated_.invalidate_before(key, asked_at);  // what is stored now stays valid
        }
    }

    Awaitable<void> keep(std::string key, storage::Range range, storage::Condition condition, storage::Content content,
                         WallTime read_at) {
        const auto size = content.bytes.size();
        if (size > options_.value_limit) {
            co_return;
        }
        if (shared_->puts_under_way >= options_.puts_limit ||
            size > options_.put_bytes_limit - std::min(shared_->put_bytes_under_way, options_.put_bytes_limit)) {
            count(shared_->counters.dropped);
            co_return;
        }
        const auto name = name_of(key, range, condition);
        const bool is_first_read = !std::holds_alternative<storage::IfMatch>(condition);
        auto keep_for = options_.keep_for;
        if (is_first_read && options_.fresh_for.count() != 0) {
            keep_for = std::min(keep_for, options_.fresh_for);
        }
        auto value = pack({read_at, content}, name.identity);
        const auto timeout = options_.writes_behind ? options_.put_timeout : options_.budget;
        const auto deadline = std::chrono::steady_clock::now() + timeout;
        auto write = put(UnderWay(shared_, size), name.text, std::move(value), keep_for, deadline);
        if (options_.writes_behind) {
            asio::co_spawn(executor_, std::move(write), asio::detached);
        } else {
            co_await std::move(write);
        }
    }

    std::unique_ptr<storage::Storage> inner_;
    std::shared_ptr<Shared> shared_;
    TieredOptions options_;
    asio::any_io_executor executor_;
    Complaint gets_{"reading"};
    Backoff slow_;
    unsigned slow_in_a_row_ = 0;
    InvalidationTimes outdated_;  ///< for first reads
    InvalidationTimes damaged_;   ///< for all
};

}  // namespace

std::unique_ptr<TieredStorage> make_tiered_storage(std::unique_ptr<storage::Storage> inner, std::shared_ptr<Tier> tier,
                                                   TieredOptions options, asio::any_io_executor executor,
                                                   const Clock& clock) {
    return std::make_unique<Tiered>(std::move(inner), std::move(tier), std::move(options), std::move(executor), clock);
}

}  // namespace tapalcatl::cache
