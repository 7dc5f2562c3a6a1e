#pragma once

#include "base/bytes.hpp"
#include "base/memory_budget.hpp"
#include "base/page_arena.hpp"
#include "source/archive_state.hpp"
#include "source/container_format.hpp"
#include "web/message.hpp"

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

namespace tapalcatl::source {

/// Something that the cache holds. It is charged to the memory budget until its last reference goes: what a slow client
/// still needs counts after it has left the cache.
struct Held {
    explicit Held(std::shared_ptr<ArchiveState> of) : archive(std::move(of)) {}
    Held(const Held&) = delete;
    Held& operator=(const Held&) = delete;
    virtual ~Held() = default;

    std::shared_ptr<ArchiveState> archive;
    std::size_t weight = 0;  ///< bytes that it takes, allocation overhead included
    MemoryCharge charge;

    // The cache's. Whoever keeps a reference of his own sees here whether the cache still has it, and tells its use.
    mutable std::atomic<bool> is_cached{false};
    mutable std::atomic<std::uint8_t> uses{0};  ///< up to max_uses, since the cache looked at it last

    static constexpr std::uint8_t max_uses = 3;

    /// Cost: nothing is written once there are max_uses, so that threads do not take each other's cache lines.
    void add_uses(unsigned times) const {
        const auto known = uses.load(std::memory_order_relaxed);
        if (known < max_uses) {
            uses.store(static_cast<std::uint8_t>(std::min<unsigned>(max_uses, known + times)),
                       std::memory_order_relaxed);
        }
    }
};

/// An archive's directory.
struct HeldDirectory final : Held {
    HeldDirectory(std::shared_ptr<ArchiveState> of, std::shared_ptr<const ContainerDirectory> what,
                  const std::shared_ptr<MemoryBudget>& budget);

    std::shared_ptr<const ContainerDirectory> directory;
};

/// An archive's entry. As a Validity: valid while it is in the cache and its archive is fresh.
struct Block final : Held, web::Validity {
    enum class Form {
        unchecked,  ///< as it lay in the archive; nobody asked for it yet
        gzip,       ///< one gzip member
        identity,   ///< the content itself
    };

    /// Checked content. `arena`: where larger content lies; may be null.
    Block(std::shared_ptr<ArchiveState> of, TileContent content, const std::shared_ptr<MemoryBudget>& budget,
          const std::shared_ptr<PageArena>& arena);
    /// Bytes that came along with others.
    Block(std::shared_ptr<ArchiveState> of, std::vector<std::byte> unchecked,
          const std::shared_ptr<MemoryBudget>& budget);

    bool is_valid(SteadyTime now, WallTime wall) const override;
    void note_uses(unsigned times) const override;
    /// Smaller content is not worth the rest of a page and the second system call that sends it.
    static constexpr std::size_t least_in_arena = 16 * 1024;

    Form form;
    std::vector<std::byte> own_bytes;  ///< empty if they lie in the arena
    std::optional<PageArena::Extent> in_arena{};
    Bytes bytes;                                   ///< in one of the two
    std::uint64_t size = 0;                        ///< of the content
    std::uint64_t compressed_size = 0;             ///< in the archive
    std::uint32_t crc32 = 0;                       ///< of the content
    std::string_view method;                       ///< in the archive
    std::shared_ptr<const TileHeaders> headers{};  ///< that the archive gives the tile; null: none
};

/// A key under which the storage has nothing.
struct Missing final : Held {
    Missing(Moment when, const std::shared_ptr<MemoryBudget>& budget);

    Moment since;
};

std::shared_ptr<const HeldDirectory> as_directory(std::shared_ptr<const Held> held);
std::shared_ptr<const Block> as_block(std::shared_ptr<const Held> held);

/// The cache's names for what is held of one storage. A name has the storage's number, the key and the entry; the
/// version is that of the value's `archive`. Lifetime of a name: until the next call on this thread.
class CacheNames {
 public:
    explicit CacheNames(std::uint32_t storage) : storage_(storage) {}

    std::string_view directory(std::string_view key) const;
    std::string_view block(std::string_view key, std::string_view entry) const;

    std::uint32_t storage() const { return storage_; }
    /// The storage's number in a name. Requires: `name` is one.
    static std::uint32_t storage_of(std::string_view name);

 private:
    std::uint32_t storage_;
};

}  // namespace tapalcatl::source
