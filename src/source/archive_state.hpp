#pragma once

#include "source/counters.hpp"
#include "source/freshness.hpp"
#include "storage/storage.hpp"

#include <atomic>
#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <utility>

namespace tapalcatl::source {

/// The date of an archive, as it was sent and read once for all responses.
struct LastModified {
    std::string text;  ///< an HTTP date
    std::chrono::sys_seconds time;
};

/// One version of an archive, shared by everything that is held of it: renewing or retiring it here does so for all.
///
/// Written on the upstream thread, read on any.
class ArchiveState : public std::enable_shared_from_this<ArchiveState> {
 public:
    /// `read_at`: when the storage confirmed this version. A date after that is not told: the storage's clock is ahead,
    /// or it is no HTTP date (RFC 9110, section 8.8.2.1).
    /// `fresh_for`: as in FreshnessRules. `counters`: of the storage, where responses that are sent again count as
    /// hits.
    ArchiveState(std::string key, storage::Version version, Moment read_at, std::chrono::seconds fresh_for,
                 std::shared_ptr<Counters> counters);

    const std::shared_ptr<const std::string>& key() const { return key_; }
    const storage::Version& version() const { return version_; }
    /// nullptr: unknown. Lifetime: this.
    const LastModified* last_modified() const { return last_modified_ ? &*last_modified_ : nullptr; }

    /// When the storage confirmed this version last.
    Moment validated_at() const {
        return {SteadyTime(SteadyTime::duration(validated_steady_.load(std::memory_order_relaxed))),
                WallTime(WallTime::duration(validated_wall_.load(std::memory_order_relaxed)))};
    }

    /// Whether this version is fresh, so that it may be served without anything else being looked at.
    bool is_fresh(const Moment& now) const {
        return !is_retired() && source::is_fresh(elapsed(validated_at(), now), fresh_for_);
    }

    void count_hits(unsigned times) const { count(counters_->hits, times); }

    /// The storage has this version, and said so at `at`. What a cache answered may be older than what the storage
    /// itself said since: an earlier time than the one known changes nothing but that the storage works.
    void renew(const Moment& at);

    /// The storage has another version by now, or none: what is held of this one must not be served any more.
    void retire() { retired_.store(true, std::memory_order_relaxed); }
    bool is_retired() const { return retired_.load(std::memory_order_relaxed); }

    /// The storage failed when it was asked for this archive, which is past its freshness; ask again at `retry_at`.
    void fail_until(SteadyTime retry_at) {
        retry_after(retry_at);
        failing_.store(true, std::memory_order_relaxed);
    }
    bool is_failing() const { return failing_.load(std::memory_order_relaxed); }

    /// Do not ask before `retry_at`.
    void retry_after(SteadyTime retry_at) {
        retry_at_.store(retry_at.time_since_epoch().count(), std::memory_order_relaxed);
    }
    SteadyTime retry_at() const { return SteadyTime(SteadyTime::duration(retry_at_.load(std::memory_order_relaxed))); }

    /// True for the first who asks, until end_check(): so that one revalidation runs, not one for each request.
    bool begin_check() { return !checking_.exchange(true, std::memory_order_relaxed); }
    void end_check() { checking_.store(false, std::memory_order_relaxed); }

 private:
    std::shared_ptr<const std::string> key_;
    storage::Version version_;
    std::chrono::seconds fresh_for_;
    std::shared_ptr<Counters> counters_;  ///< this may outlive the storage
    std::optional<LastModified> last_modified_;
    std::atomic<SteadyTime::rep> validated_steady_;
    std::atomic<WallTime::rep> validated_wall_;
    std::atomic<SteadyTime::rep> retry_at_{0};
    std::atomic<bool> failing_{false};
    std::atomic<bool> retired_{false};
    std::atomic<bool> checking_{false};
};

}  // namespace tapalcatl::source
