#pragma once

#include "base/bytes.hpp"

#include <concepts>
#include <cstdint>
#include <optional>
#include <vector>

/// The numbers of the zip format, after PKWARE's APPNOTE.TXT 6.3.10.
namespace tapalcatl::zip::format {

// Signatures, read as little-endian numbers.
inline constexpr std::uint32_t local_signature = 0x04034b50;          // 4.3.7
inline constexpr std::uint32_t descriptor_signature = 0x08074b50;     // 4.3.9
inline constexpr std::uint32_t extra_data_signature = 0x08064b50;     // 4.3.11, stands before an encrypted directory
inline constexpr std::uint32_t central_signature = 0x02014b50;        // 4.3.12
inline constexpr std::uint32_t digital_signature = 0x05054b50;        // 4.3.13
inline constexpr std::uint32_t zip64_end_signature = 0x06064b50;      // 4.3.14
inline constexpr std::uint32_t zip64_locator_signature = 0x07064b50;  // 4.3.15
inline constexpr std::uint32_t end_signature = 0x06054b50;            // 4.3.16

// Bytes of each record without its parts of variable length.
inline constexpr std::uint64_t local_size = 30;
inline constexpr std::uint64_t central_size = 46;
inline constexpr std::uint64_t zip64_end_size = 56;
inline constexpr std::uint64_t zip64_locator_size = 20;
inline constexpr std::uint64_t end_size = 22;
inline constexpr std::uint64_t max_descriptor_size = 24;

// Values that say "see the zip64 field" (4.4.1.4), and the largest that a field holds.
inline constexpr std::uint16_t max16 = 0xffff;
inline constexpr std::uint32_t max32 = 0xffffffff;

// General purpose flags (4.4.4).
inline constexpr std::uint16_t encrypted_flag = 0x0001;
inline constexpr std::uint16_t descriptor_flag = 0x0008;
inline constexpr std::uint16_t patch_flag = 0x0020;
inline constexpr std::uint16_t strong_encryption_flag = 0x0040;
inline constexpr std::uint16_t utf8_flag = 0x0800;
inline constexpr std::uint16_t masked_flag = 0x2000;

inline constexpr std::uint16_t zip64_extra = 0x0001;  // 4.5.3

}  // namespace tapalcatl::zip::format

/// The records of the directory and of the end of an archive. The readers of the end records take bytes that start with
/// the record and return nullopt if it is not there or not whole. `position` counts from the object's start; the caller
/// sets it.
namespace tapalcatl::zip {

/// The data of the first whole field `id` in a header's extra fields (APPNOTE 4.5.1), or nullopt.
///
/// Bytes that cannot be a field are skipped: some writers pad with zeros. Lifetime: the result views `extra`.
std::optional<Bytes> find_extra(Bytes extra, std::uint16_t id);

/// The fields that an entry's local header and its central header have in common (APPNOTE 4.3.7 and 4.3.12), before
/// zip64 fields are applied.
struct HeaderFields {
    std::uint16_t flags = 0;
    std::uint16_t method = 0;
    std::uint32_t crc32 = 0;
    std::uint32_t compressed_size = 0;
    std::uint32_t size = 0;
    std::uint16_t name_size = 0;
    std::uint16_t extra_size = 0;
};

/// Reads the fields from "version needed to extract" on, and moves the cursor behind them. Cursor::ok() tells whether
/// they are all there.
HeaderFields read_header_fields(Cursor& cursor);

/// One header of a central directory as it is written (APPNOTE 4.3.12), before zip64 fields are applied.
struct CentralHeader : HeaderFields {
    std::uint16_t disk = 0;
    std::uint32_t offset = 0;  ///< of the local header, counted from the archive's start
    Bytes name;
    Bytes extra;
    Bytes comment;
};

/// Reads the header at the cursor and moves the cursor behind it; nullopt if no whole header is there.
/// Lifetime: the result views the cursor's bytes.
std::optional<CentralHeader> next_central_header(Cursor& cursor);

/// What a central directory consists of.
struct CentralSummary {
    std::uint64_t entry_count = 0;
    std::uint64_t text_size = 0;     ///< all names and comments
    std::uint64_t headers_size = 0;  ///< bytes of the whole headers, from the start
    bool is_whole = false;           ///< nothing follows them, or only a digital signature (APPNOTE 4.3.13)
};

/// Walks over the headers of a central directory.
CentralSummary summarize(Bytes central);

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

    /// Whether a field refers to the zip64 end record. Each such value is also valid by itself, without zip64.
    bool points_to_zip64() const {
        return disk == format::max16 || directory_disk == format::max16 || entries_here == format::max16 ||
               entries == format::max16 || size == format::max32 || offset == format::max32;
    }
};

std::optional<EndRecord> read_end_record(Bytes bytes);

/// A zip64 end of central directory locator (APPNOTE 4.3.15).
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

    /// Decided by the second version of this record, whose extension says how the directory is packed (APPNOTE 7.3.4).
    bool directory_is_encrypted() const;
};

/// The record that takes all of `bytes`; nullopt if it is shorter or longer.
std::optional<Zip64End> read_zip64_end(Bytes bytes);

/// Appends the bytes of `number`, the lowest first.
template <std::unsigned_integral Number>
void append_little_endian(std::vector<std::byte>& out, Number number) {
    for (unsigned i = 0; i < sizeof(Number); ++i) {
        out.push_back(static_cast<std::byte>(static_cast<std::uint64_t>(number) >> (8 * i) & 0xff));
    }
}

inline void append(std::vector<std::byte>& out, Bytes bytes) {
    out.insert(out.end(), bytes.begin(), bytes.end());
}

}  // namespace tapalcatl::zip
