#pragma once

#include "base/bytes.hpp"
#include "base/error.hpp"
#include "zip/deflate.hpp"

#include <cstdint>
#include <string>
#include <string_view>

/// Reading zip archives by ranges, after PKWARE's APPNOTE.TXT 6.3.10. Offsets count from the first byte of the object.
namespace tapalcatl::zip {

/// Compression methods that are read (APPNOTE 4.4.5).
enum class Method : std::uint16_t { stored = 0, deflated = 8 };

/// What the directory shows to be wrong with an entry. Such an entry is listed, but not read.
enum class Fault : std::uint8_t {
    none,
    short_zip64_field,  ///< its zip64 field has too few bytes: `end_limit` of them
    other_disk,         ///< it starts on disk `end_limit`
    outside,            ///< it does not fit before the directory, which is at `end_limit`
    overlap,            ///< it takes bytes of another entry, whose local header is at `end_limit`
};

/// A member of an archive as its directory describes it. Lifetime: views the Directory it came from.
struct Entry {
    std::string_view name;
    std::uint64_t header_offset = 0;  ///< of the local header
    std::uint64_t end_limit = 0;      ///< where the next local header or the directory starts; see Fault
    std::uint64_t compressed_size = 0;
    std::uint64_t size = 0;  ///< inflated
    std::uint32_t crc32 = 0;
    std::uint16_t method = 0;  ///< as written; entries of other methods are listed, but not read
    std::uint16_t flags = 0;
    std::uint16_t comment_size = 0;  ///< of the comment, whose bytes follow those of the name
    Fault fault = Fault::none;

    std::string_view comment() const { return {name.data() + name.size(), comment_size}; }
    bool is_encrypted() const { return (flags & 0x1U) != 0; }
};

/// Whether `entry` can be read at all, by what the directory says of it.
///
/// Fails: corrupt or unsupported for an entry with a Fault; unsupported for encrypted entries and methods that are not
/// read. Messages do not name the entry.
Result<void> check_readable(const Entry& entry);

/// The bytes that an entry takes at least: its local header may have an extra field besides.
std::uint64_t min_extent(const Entry& entry);

/// A run of bytes of the object.
struct Extent {
    std::uint64_t offset = 0;
    std::uint64_t size = 0;
};

/// What must be read to have all of `entry`: its local header, its data and what may lie between.
///
/// The length of the local header's extra field is not known before, so the extent reaches to the next header, or as
/// far as the longest extra field would. The extent of an entry with a Fault is empty.
Extent extent_of(const Entry& entry);

/// The entry's data as they are stored, out of `bytes`, which start at its local header.
///
/// Lifetime: the result views `bytes`.
/// Fails, with the entry's name in the message: corrupt if the local header does not agree with the directory (name,
/// method, and sizes and CRC where it has them) or the data are not wholly inside `bytes`; as check_readable().
Result<Bytes> stored_data(const Entry& entry, Bytes bytes);

/// The entry's content, out of `data` as stored_data() gives them. Never inflates to more than `limit` bytes.
///
/// Lifetime: the result is valid until the next call on `inflater`, and views `data` for stored entries.
/// Fails, with the entry's name in the message: too_large if the directory says that it has more than `limit` bytes;
/// corrupt if DEFLATE does not end exactly at the end of `data`, or does not give exactly the size and CRC-32 that the
/// directory says; as check_readable().
Result<Bytes> checked_content(const Entry& entry, Bytes data, std::uint64_t limit, Inflater& inflater);

/// Whether `content`, that of `entry`, was compressed by gzip before it was put into the archive, although the name
/// does not end in "gz". No tile format starts like gzip.
bool holds_gzip(const Entry& entry, Bytes content);

/// An entry's name as messages show it: printable, and cut where it is long. Names are foreign data and may have 65535
/// bytes of anything.
std::string shown(std::string_view name);

}  // namespace tapalcatl::zip
