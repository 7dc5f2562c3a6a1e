#pragma once

#include "base/bytes.hpp"
#include "base/error.hpp"
#include "zip/location.hpp"

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

/// Reading zip archives by ranges, after PKWARE's APPNOTE.TXT 6.3.10. Offsets count from the first byte of the object.
namespace tapalcatl::zip {

/// Compression methods that are read (APPNOTE 4.4.5).
enum class Method : std::uint16_t { stored = 0, deflated = 8 };

/// A member of an archive as its directory describes it. Views the Directory it came from.
struct Entry {
    std::string_view name;
    std::string_view comment;
    std::uint64_t header_offset = 0;  ///< of the local header
    std::uint64_t end_limit = 0;      ///< where the next local header or the directory starts
    std::uint64_t compressed_size = 0;
    std::uint64_t size = 0;  ///< inflated
    std::uint32_t crc32 = 0;
    std::uint16_t method = 0;  ///< as written; entries of other methods are listed, but not read
    std::uint16_t flags = 0;

    bool is_encrypted() const { return (flags & 0x1U) != 0; }
};

/// The table of contents of an archive.
class Directory {
 public:
    /// Reads the central directory. Cost: copies the names, 80 bytes or so an entry.
    ///
    /// Requires: `central` are the `location.size` bytes at `location.offset`.
    /// Fails: corrupt, with what is wrong and where: damaged headers, an entry outside of the archive, entries that
    /// overlap each other or the directory, a count that is not the location's; unsupported for encrypted directories
    /// and entries on other disks.
    static Result<Directory> parse(Bytes central, const DirectoryLocation& location);

    /// The entry of that name, or null. Of several with the same name the last one written counts.
    /// Lifetime: valid as long as this Directory.
    const Entry* find(std::string_view name) const;

    /// All entries, in the directory's order.
    std::span<const Entry> entries() const { return entries_; }

    std::string_view comment() const { return comment_; }

    /// What this takes in memory, in bytes.
    std::size_t memory_size() const;

 private:
    Result<void> limit_entries(std::uint64_t directory_offset);
    void index_names();

    std::vector<Entry> entries_;
    std::vector<std::uint32_t> by_name_;  ///< places in entries_, sorted by name, each name once
    std::unique_ptr<std::byte[]> text_;   ///< what the entries' names and comments view
    std::size_t text_size_ = 0;
    std::string comment_;
};

}  // namespace tapalcatl::zip
