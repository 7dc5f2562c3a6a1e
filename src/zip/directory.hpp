#pragma once

#include "base/bytes.hpp"
#include "base/error.hpp"
#include "zip/entry.hpp"
#include "zip/location.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tapalcatl::zip {

/// The table of contents of an archive.
class Directory {
 public:
    /// Reads the central directory. An entry that cannot be where its header says gets a Fault and does no harm to the
    /// others. Cost: copies the names; about 70 bytes for each entry.
    ///
    /// Requires: `central` holds the `location.size` bytes at `location.offset`.
    /// Fails: corrupt, with what is wrong and where: damaged headers, a count that is not the location's; unsupported
    /// for encrypted directories.
    static Result<Directory> parse(Bytes central, const DirectoryLocation& location);

    /// The entry of that name, or null; check_readable() says whether it can be read. Of several entries with the same
    /// name the last one in the directory counts. Lifetime: valid as long as this Directory.
    const Entry* find(std::string_view name) const;

    /// All entries, in the directory's order.
    std::span<const Entry> entries() const { return entries_; }

    std::string_view comment() const { return comment_; }

    /// The memory that this takes, in bytes.
    std::size_t memory_size() const;

 private:
    void limit_entries(std::uint64_t directory_offset);
    void index_names();

    std::vector<Entry> entries_;
    std::vector<std::uint32_t> by_name_;  ///< indexes into entries_, sorted by name, each name once
    std::unique_ptr<std::byte[]> text_;   ///< what the entries' names and comments view
    std::size_t text_size_ = 0;
    std::string comment_;
};

}  // namespace tapalcatl::zip
