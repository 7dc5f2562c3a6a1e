#pragma once

#include "base/bytes.hpp"
#include "zip/format.hpp"

#include <cstdint>
#include <optional>

/// The records at the end of an archive. Each is read from bytes that start with it, and is nullopt if it is not there.
/// `position` counts from the object's start and is for the caller to set.
namespace tapalcatl::zip {

/// An end of central directory record (APPNOTE 4.3.16), without its comment.
struct EndRecord {
    std::uint64_t position = 0;
    std::uint16_t disk = 0;
    std::uint16_t directory_disk = 0;
    std::uint16_t entries_here = 0;
    std::uint16_t entries = 0;
    std::uint32_t size = 0;
    std::uint32_t offset = 0;
    std::uint16_t comment_size = 0;

    /// Whether a field is left to the zip64 end record. All can also be meant as they are, without zip64.
    bool points_to_zip64() const {
        return disk == format::max16 || directory_disk == format::max16 || entries_here == format::max16 ||
               entries == format::max16 || size == format::max32 || offset == format::max32;
    }
};

std::optional<EndRecord> read_end_record(Bytes bytes);

/// A zip64 locator (APPNOTE 4.3.15).
struct Zip64Locator {
    std::uint64_t position = 0;
    std::uint32_t disk = 0;
    std::uint64_t end_offset = 0;  ///< of the zip64 end record, counted from the archive's start
    std::uint32_t disks = 0;
};

std::optional<Zip64Locator> read_zip64_locator(Bytes bytes);

/// A zip64 end of central directory record (APPNOTE 4.3.14).
struct Zip64End {
    std::uint64_t position = 0;
    std::uint16_t version_needed = 0;
    std::uint32_t disk = 0;
    std::uint32_t directory_disk = 0;
    std::uint64_t entries_here = 0;
    std::uint64_t entries = 0;
    std::uint64_t size = 0;
    std::uint64_t offset = 0;
    Bytes extension;  ///< views the bytes that were read

    /// By the second version of this record, whose extension says how the directory is packed (APPNOTE 7.3.4).
    bool directory_is_encrypted() const;
};

/// The record that takes all of `bytes`; nullopt if it is shorter or longer.
std::optional<Zip64End> read_zip64_end(Bytes bytes);

}  // namespace tapalcatl::zip
