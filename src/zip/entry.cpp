#include "zip/entry.hpp"

#include "base/text.hpp"
#include "zip/records.hpp"

#include <algorithm>

namespace tapalcatl::zip {
namespace {

/// A local header (APPNOTE 4.3.7), as far as it is compared with the directory.
struct LocalHeader : HeaderFields {
    Bytes name;
    Bytes zip64;                    ///< the data of its zip64 field, if it has one
    std::uint64_t header_size = 0;  ///< all of it, with name and extra field
};

Result<LocalHeader> read_local_header(Bytes bytes) {
    Cursor cursor(bytes);
    const auto signature = cursor.u32();
    LocalHeader header;
    static_cast<HeaderFields&>(header) = read_header_fields(cursor);
    if (cursor.ok() && signature != format::local_signature) {
        return fail(Errc::corrupt, "no local header, but {:08x}", signature);
    }
    header.name = cursor.bytes(header.name_size);
    const auto extra = cursor.bytes(header.extra_size);
    if (!cursor.ok()) {
        return fail(Errc::corrupt, "the local header is cut off after {} bytes", bytes.size());
    }
    header.header_size = bytes.size() - cursor.left();

    header.zip64 = find_extra(extra, format::zip64_extra).value_or(Bytes{});
    return header;
}

/// Whether the zip64 field of a local header can hold a size that is `central`, or 0 for a size that is not known yet.
///
/// Both sizes should be there (APPNOTE 4.5.3), but writers leave out the one that the header has room for.
bool has_size(Bytes zip64, std::uint64_t central) {
    Cursor cursor(zip64);
    while (cursor.left() >= 8) {
        const auto size = cursor.u64();
        if (size == central || size == 0) {
            return true;
        }
    }
    return zip64.size() < 8;
}

/// Whether a number of the local header is compatible with the directory's. Writers that do not know it yet leave 0 or
/// all ones, with or without the flag for a data descriptor.
bool agrees(std::uint32_t local, std::uint64_t central) {
    return local == central || local == 0 || local == format::max32;
}

bool size_agrees(std::uint32_t local, std::uint64_t central, Bytes zip64) {
    return agrees(local, central) && (local != format::max32 || has_size(zip64, central));
}

Result<void> check_fault(const Entry& entry) {
    switch (entry.fault) {
        case Fault::none:
            break;
        case Fault::short_zip64_field:
            return fail(Errc::corrupt, "the zip64 field has {} bytes, too few for what the header leaves to it",
                        entry.end_limit);
        case Fault::other_disk:
            return fail(Errc::unsupported, "starts on disk {}: archives over several disks are not read",
                        entry.end_limit);
        case Fault::outside:
            return fail(Errc::corrupt, "{} bytes at byte {} do not fit before the directory at byte {}",
                        entry.compressed_size, entry.header_offset, entry.end_limit);
        case Fault::overlap:
            return fail(Errc::corrupt, "overlaps another entry: {} bytes at byte {}, and the other one at byte {}",
                        min_extent(entry), entry.header_offset, entry.end_limit);
    }
    return {};
}

Result<void> check_agreement(const Entry& entry, const LocalHeader& header) {
    if (as_text(header.name) != entry.name) {
        return fail(Errc::corrupt, "the local header is that of {}", shown(as_text(header.name)));
    }
    if (header.method != entry.method) {
        return fail(Errc::corrupt, "method {} in the local header, {} in the directory", header.method, entry.method);
    }
    if ((header.flags & (format::encrypted_flag | format::strong_encryption_flag)) != 0) {
        return fail(Errc::corrupt, "encrypted by its local header, but not by the directory");
    }
    // The descriptor that repeats sizes and CRC-32 behind the data is not read: the directory has them, and the content
    // is checked against it.
    if (!size_agrees(header.compressed_size, entry.compressed_size, header.zip64)) {
        return fail(Errc::corrupt, "compressed size {} in the local header, {} in the directory",
                    header.compressed_size, entry.compressed_size);
    }
    if (!size_agrees(header.size, entry.size, header.zip64)) {
        return fail(Errc::corrupt, "size {} in the local header, {} in the directory", header.size, entry.size);
    }
    if (!agrees(header.crc32, entry.crc32)) {
        return fail(Errc::corrupt, "CRC-32 {:08x} in the local header, {:08x} in the directory", header.crc32,
                    entry.crc32);
    }
    return {};
}

Result<Bytes> checked_data(const Entry& entry, Bytes bytes) {
    const auto readable = check_readable(entry);
    if (!readable) {
        return readable.error();
    }
    const auto header = read_local_header(bytes);
    if (!header) {
        return header.error().within(fmt::format("at byte {}", entry.header_offset));
    }
    const auto agreement = check_agreement(entry, *header);
    if (!agreement) {
        return agreement.error();
    }
    if (entry.method == static_cast<std::uint16_t>(Method::stored) && entry.size != entry.compressed_size) {
        return fail(Errc::corrupt, "stored, but {} bytes are {} when stored", entry.size, entry.compressed_size);
    }
    const auto room = entry.end_limit - std::min(entry.header_offset, entry.end_limit);
    if (header->header_size > room || entry.compressed_size > room - header->header_size) {
        return fail(Errc::corrupt, "header and data have {} and {} bytes, but the next begins after {} bytes",
                    header->header_size, entry.compressed_size, room);
    }
    const auto data = slice(bytes, header->header_size, entry.compressed_size);
    if (!data) {
        return fail(Errc::corrupt, "cut off: {} of {} bytes of data", bytes.size() - header->header_size,
                    entry.compressed_size);
    }
    return *data;
}

Result<Bytes> content_unnamed(const Entry& entry, Bytes data, std::uint64_t limit, Inflater& inflater) {
    const auto readable = check_readable(entry);
    if (!readable) {
        return readable.error();
    }
    if (entry.size > limit) {
        return fail(Errc::too_large, "{} bytes, over the limit of {}", entry.size, limit);
    }
    if (data.size() != entry.compressed_size) {
        return fail(Errc::corrupt, "{} bytes of data, the directory says {}", data.size(), entry.compressed_size);
    }
    auto content = data;
    if (entry.method == static_cast<std::uint16_t>(Method::deflated)) {
        const auto inflated = inflater.inflate(data, entry.size);
        if (!inflated) {
            return inflated.error();
        }
        content = *inflated;
    } else if (data.size() != entry.size) {
        return fail(Errc::corrupt, "stored, but {} bytes are {} when stored", entry.size, data.size());
    }
    const auto actual = crc32(content);
    if (actual != entry.crc32) {
        return fail(Errc::corrupt, "the content's CRC-32 is {:08x}, the directory says {:08x}", actual, entry.crc32);
    }
    return content;
}

}  // namespace

Result<void> check_readable(const Entry& entry) {
    const auto sound = check_fault(entry);
    if (!sound) {
        return sound.error();
    }
    if ((entry.flags & (format::encrypted_flag | format::strong_encryption_flag | format::masked_flag)) != 0) {
        return fail(Errc::unsupported, "is encrypted");
    }
    if ((entry.flags & format::patch_flag) != 0) {
        return fail(Errc::unsupported, "is a patch, not a file");
    }
    if (entry.method != static_cast<std::uint16_t>(Method::stored) &&
        entry.method != static_cast<std::uint16_t>(Method::deflated)) {
        return fail(Errc::unsupported, "compressed by method {}: only stored (0) and deflated (8) are read",
                    entry.method);
    }
    return {};
}

std::uint64_t min_extent(const Entry& entry) {
    return format::local_size + entry.name.size() + entry.compressed_size;
}

Extent extent_of(const Entry& entry) {
    if (entry.fault != Fault::none) {
        return {};
    }
    const auto room = entry.end_limit - std::min(entry.header_offset, entry.end_limit);
    const auto around = format::local_size + entry.name.size() + format::max16 + format::max_descriptor_size;
    if (entry.compressed_size > room || around > room - entry.compressed_size) {
        return {entry.header_offset, room};
    }
    return {entry.header_offset, around + entry.compressed_size};
}

Result<Bytes> stored_data(const Entry& entry, Bytes bytes) {
    auto data = checked_data(entry, bytes);
    if (!data) {
        return data.error().within(shown(entry.name));
    }
    return data;
}

Result<Bytes> checked_content(const Entry& entry, Bytes data, std::uint64_t limit, Inflater& inflater) {
    auto content = content_unnamed(entry, data, limit, inflater);
    if (!content) {
        return content.error().within(shown(entry.name));
    }
    return content;
}

bool holds_gzip(const Entry& entry, Bytes content) {
    return looks_gzipped(content) && !entry.name.ends_with("gz");
}

std::string shown(std::string_view name) {
    constexpr std::size_t longest = 120;
    if (name.empty()) {
        return "(entry without a name)";
    }
    if (name.size() <= longest) {
        return printable(name);
    }
    return printable(name.substr(0, longest)) + "...";
}

}  // namespace tapalcatl::zip
