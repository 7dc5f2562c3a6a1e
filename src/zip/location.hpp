#pragma once

#include "base/bytes.hpp"
#include "base/error.hpp"

#include <cstdint>
#include <string>
#include <variant>

namespace tapalcatl::zip {

/// The most bytes that the records at the end of an archive take: an end record (22) with the longest comment (65,535),
/// and before it the locator (20) and end record (56) of zip64, without an extension (APPNOTE 4.3.14 to 4.3.16).
inline constexpr std::uint64_t max_end_size = 22 + 65'535 + 20 + 56;

/// Where the central directory of an archive lies.
struct DirectoryLocation {
    std::uint64_t offset = 0;
    std::uint64_t size = 0;
    std::uint64_t entry_count = 0;
    std::uint64_t prefix = 0;     ///< bytes before the archive; offsets written in its headers count from there
    std::string comment;          ///< the archive's
    bool count_is_exact = false;  ///< false: `entry_count` has only the low 16 bits, as older writers leave it
};

/// The tail was too short: call again with the last `tail_size` bytes of the object.
struct NeedsLongerTail {
    std::uint64_t tail_size = 0;  ///< more than there were, at most the object
};

/// Finds the central directory from `tail`, the last bytes of an archive of `object_size` bytes.
///
/// The last max_end_size bytes, or the whole object if it is smaller, are enough, except for archives whose zip64 end
/// record has a longer extension. A longer tail never changes the answer. Where the comment holds what looks like an
/// end record too, the last one that has a directory before it counts, as with other readers. Bytes may follow the end
/// record if it begins within the last 65,557 bytes and no bytes stand before the archive.
///
/// Requires: `tail` is not longer than `object_size`.
/// Fails: corrupt if this is no zip archive or a damaged one, unsupported for archives over several disks and encrypted
/// directories.
Result<std::variant<DirectoryLocation, NeedsLongerTail>> find_directory(Bytes tail, std::uint64_t object_size);

}  // namespace tapalcatl::zip
