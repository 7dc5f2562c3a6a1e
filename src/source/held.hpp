#pragma once

#include "base/bytes.hpp"
#include "base/clock.hpp"
#include "storage/storage.hpp"
#include "zip/directory.hpp"

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace tapalcatl::source {

/// One state of an archive, shared by everything that is held of it: renewing or replacing it here does so for all.
///
/// Written on the upstream thread, read on any.
class ArchiveState : public std::enable_shared_from_this<ArchiveState> {
 public:
    ArchiveState(std::string key, storage::Version version)
        : key_(std::make_shared<const std::string>(std::move(key))), version_(std::move(version)) {}

    const std::shared_ptr<const std::string>& key() const { return key_; }
    const storage::Version& version() const { return version_; }

    /// Until when it may be served without asking the storage again.
    SteadyTime fresh_until() const {
        return SteadyTime(SteadyTime::duration(fresh_until_.load(std::memory_order_relaxed)));
    }

    /// The storage has just said that this is what it has.
    void renew(SteadyTime fresh_until) {
        fresh_until_.store(fresh_until.time_since_epoch().count(), std::memory_order_relaxed);
        failing_.store(false, std::memory_order_relaxed);
    }

    /// The storage has something else by now, or nothing: what is held of this state must not be served any more.
    void retire() { retired_.store(true, std::memory_order_relaxed); }
    bool is_retired() const { return retired_.load(std::memory_order_relaxed); }

    /// The storage failed when it was last asked; ask again at `retry_at`.
    void fail_until(SteadyTime retry_at) {
        retry_at_.store(retry_at.time_since_epoch().count(), std::memory_order_relaxed);
        failing_.store(true, std::memory_order_relaxed);
    }
    bool is_failing() const { return failing_.load(std::memory_order_relaxed); }
    SteadyTime retry_at() const { return SteadyTime(SteadyTime::duration(retry_at_.load(std::memory_order_relaxed))); }

    /// True for the first who asks, until end_check(): so that one revalidation runs, not one for each request.
    bool begin_check() { return !checking_.exchange(true, std::memory_order_relaxed); }
    void end_check() { checking_.store(false, std::memory_order_relaxed); }

 private:
    std::shared_ptr<const std::string> key_;
    storage::Version version_;
    std::atomic<SteadyTime::rep> fresh_until_{0};
    std::atomic<SteadyTime::rep> retry_at_{0};
    std::atomic<bool> failing_{false};
    std::atomic<bool> retired_{false};
    std::atomic<bool> checking_{false};
};

/// What the block cache holds. `weight` counts the bytes that it takes, allocation overhead included.
struct Held {
    explicit Held(std::shared_ptr<ArchiveState> of) : archive(std::move(of)) {}
    Held(const Held&) = delete;
    Held& operator=(const Held&) = delete;
    virtual ~Held() = default;

    std::shared_ptr<ArchiveState> archive;
    std::size_t weight = 0;
};

/// An archive's directory.
struct HeldDirectory final : Held {
    HeldDirectory(std::shared_ptr<ArchiveState> of, std::shared_ptr<const zip::Directory> what);

    std::shared_ptr<const zip::Directory> directory;
};

/// An archive's entry.
struct Block final : Held {
    enum class Form {
        unchecked,  ///< as it lay in the archive, from its local header on; nobody asked for it yet
        gzip,       ///< one gzip member
        identity,   ///< the content itself
    };

    Block(std::shared_ptr<ArchiveState> of, Form as, std::vector<std::byte> what, const zip::Entry& entry);

    Form form;
    std::vector<std::byte> bytes;
    std::uint64_t size;             ///< of the content
    std::uint64_t compressed_size;  ///< in the archive
    std::uint32_t crc32;            ///< of the content
    std::uint16_t method;           ///< in the archive
};

/// A key under which the storage has nothing.
struct Missing final : Held {
    explicit Missing(SteadyTime when) : Held(nullptr), until(when) { weight = sizeof(Missing); }

    SteadyTime until;
};

std::shared_ptr<const HeldDirectory> as_directory(std::shared_ptr<const Held> held);
std::shared_ptr<const Block> as_block(std::shared_ptr<const Held> held);

/// The cache's name for an entry: no key has a NUL in it. Lifetime: until the next call on this thread.
std::string_view block_key(std::string_view key, std::string_view entry);

}  // namespace tapalcatl::source
