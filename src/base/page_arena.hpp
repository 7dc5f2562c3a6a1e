#pragma once

#include "base/bytes.hpp"
#include "base/descriptor.hpp"

#include <cstddef>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <utility>

#include <sys/types.h>

namespace tapalcatl {

/// Bytes that are written once and sent often, in a file that has no name and lies in memory (memfd_create): the kernel
/// sends them from there (sendfile) without a copy. Safe from any thread.
///
/// What lies in the arena never changes, as a socket may have to send it again. The pages of a freed extent are punched
/// out of the file: a socket that still needs them keeps them, and who uses their place next gets other pages. So the
/// arena takes memory for extents only, and its fragmentation costs nothing but addresses.
class PageArena : public std::enable_shared_from_this<PageArena> {
    struct Secret {};

 public:
    static constexpr std::size_t page_size = 4096;

    /// A number of whole pages with bytes in them. They are freed when this is destroyed; keeps the arena.
    class Extent {
     public:
        Extent(Extent&& other) noexcept
            : arena_(std::move(other.arena_)), bytes_(std::exchange(other.bytes_, Bytes())) {}
        Extent& operator=(Extent&&) = delete;
        ~Extent();

        Bytes bytes() const { return bytes_; }
        /// Bytes of memory that it takes.
        std::size_t memory_size() const { return in_pages(bytes_.size()); }

     private:
        friend class PageArena;
        Extent(std::shared_ptr<PageArena> arena, Bytes bytes) : arena_(std::move(arena)), bytes_(bytes) {}

        std::shared_ptr<PageArena> arena_;
        Bytes bytes_;
    };

    /// Where bytes lie in a file.
    struct Place {
        int file = -1;
        off_t offset = 0;
    };

    /// `capacity`: bytes of addresses, at least a page; memory is taken for what is stored only. Null where the system
    /// has no such files, cannot send from them, cannot punch holes into them without changing what a socket holds, or
    /// has no room for the addresses.
    static std::shared_ptr<PageArena> open(std::size_t capacity);

    PageArena(Secret, Descriptor file, const std::byte* start, std::size_t capacity);
    PageArena(const PageArena&) = delete;
    PageArena& operator=(const PageArena&) = delete;
    ~PageArena();

    /// A copy of `bytes`, which is not empty. nullopt: there is no place for it, or no memory.
    std::optional<Extent> store(Bytes bytes);

    /// The place of bytes in the arena; nullopt if they are none of its, or empty.
    std::optional<Place> place_of(Bytes bytes) const;

    /// `size` as a multiple of the page's size, rounded up.
    static constexpr std::size_t in_pages(std::size_t size) { return (size + page_size - 1) / page_size * page_size; }

 private:
    std::optional<std::size_t> take(std::size_t size);
    void give_back(std::size_t offset, std::size_t size);
    void release(Bytes bytes);

    Descriptor file_;
    const std::byte* start_;
    std::size_t capacity_;
    std::mutex mutex_;                                            ///< of what follows
    std::map<std::size_t, std::size_t> free_;                     ///< offset and size; neighbours are joined
    std::set<std::pair<std::size_t, std::size_t>> free_by_size_;  ///< the same as size and offset
};

}  // namespace tapalcatl
