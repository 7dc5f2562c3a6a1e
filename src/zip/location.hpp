#pragma once

#include "base/bytes.hpp"
#include "base/error.hpp"

#include <cstdint>
#include <string>
#include <variant>

namespace tapalcatl::zip {

/// Where the central directory of an archive lies (APPNOTE 4.3.14 to 4.3.16).
struct DirectoryLocation {
    std::uint64_t offset = 0;
    std::uint64_t size = 0;
    std::uint64_t entry_count = 0;
    std::uint64_t prefix = 0;     ///< bytes before the archive; offsets written in its headers count from there
    std::string comment;          ///< the archive's
    bool count_is_exact = false;  ///< else `entry_count` is the true one's low 16 bits, as older writers leave it
};

/// The tail was too short to tell: ask again with the last `tail_size` bytes of the object.
struct NeedsLongerTail {
    std::uint64_t tail_size = 0;  ///< more than there were, at most the object
};

/// Finds the central directory from the last bytes of an archive of `object_size` bytes.
///
/// `tail` is the end of the object. Its last 66 kB tell all but in archives with huge zip64 extensions; a longer tail
/// never changes the answer. Where a comment holds what looks like an end record too, the last one that has a directory
/// before it counts, as with other readers.
/// Requires: `tail` is not longer than `object_size`.
/// Fails: corrupt if this is no zip archive or a damaged one, unsupported for archives over several disks and encrypted
/// directories.
Result<std::variant<DirectoryLocation, NeedsLongerTail>> find_directory(Bytes tail, std::uint64_t object_size);

}  // namespace tapalcatl::zip
