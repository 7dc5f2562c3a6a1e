#include "zip/records.hpp"

namespace tapalcatl::zip {
namespace {

bool is_digital_signature(Bytes bytes) {
    Cursor cursor(bytes);
    const auto signature = cursor.u32();
    cursor.skip(cursor.u16());
    return signature == format::digital_signature && cursor.ok() && cursor.left() == 0;
}

}  // namespace

std::optional<Bytes> find_extra(Bytes extra, std::uint16_t id) {
    Cursor cursor(extra);
    while (cursor.left() >= 4) {
        const auto field = cursor.u16();
        const auto size = cursor.u16();
        const auto data = cursor.bytes(size);
        if (!cursor.ok()) {
            return std::nullopt;
        }
        if (field == id) {
            return data;
        }
    }
    return std::nullopt;
}

HeaderFields read_header_fields(Cursor& cursor) {
    HeaderFields fields;
    cursor.skip(2);  // version
    fields.flags = cursor.u16();
    fields.method = cursor.u16();
    cursor.skip(4);  // time and date
    fields.crc32 = cursor.u32();
    fields.compressed_size = cursor.u32();
    fields.size = cursor.u32();
    fields.name_size = cursor.u16();
    fields.extra_size = cursor.u16();
    return fields;
}

std::optional<CentralHeader> next_central_header(Cursor& cursor) {
    const auto signature = cursor.u32();
    cursor.skip(2);  // version made by
    CentralHeader header;
    static_cast<HeaderFields&>(header) = read_header_fields(cursor);
    const auto comment_size = cursor.u16();
    header.disk = cursor.u16();
    cursor.skip(6);  // attributes
    header.offset = cursor.u32();
    header.name = cursor.bytes(header.name_size);
    header.extra = cursor.bytes(header.extra_size);
    header.comment = cursor.bytes(comment_size);
    if (signature != format::central_signature || !cursor.ok()) {
        return std::nullopt;
    }
    return header;
}

CentralSummary summarize(Bytes central) {
    CentralSummary summary;
    Cursor cursor(central);
    while (const auto header = next_central_header(cursor)) {
        ++summary.entry_count;
        summary.text_size += header->name.size() + header->comment.size();
        summary.headers_size = central.size() - cursor.left();
    }
    const auto rest = slice(central, summary.headers_size, central.size() - summary.headers_size);
    summary.is_whole = rest && (rest->empty() || is_digital_signature(*rest));
    return summary;
}

std::optional<EndRecord> read_end_record(Bytes bytes) {
    Cursor cursor(bytes);
    EndRecord end;
    const auto signature = cursor.u32();
    end.disk = cursor.u16();
    end.directory_disk = cursor.u16();
    end.entries_here = cursor.u16();
    end.entries = cursor.u16();
    end.size = cursor.u32();
    end.offset = cursor.u32();
    end.comment_size = cursor.u16();
    if (signature != format::end_signature || !cursor.ok()) {
        return std::nullopt;
    }
    return end;
}

std::optional<Zip64Locator> read_zip64_locator(Bytes bytes) {
    Cursor cursor(bytes);
    Zip64Locator locator;
    const auto signature = cursor.u32();
    locator.disk = cursor.u32();
    locator.end_offset = cursor.u64();
    locator.disks = cursor.u32();
    if (signature != format::zip64_locator_signature || !cursor.ok()) {
        return std::nullopt;
    }
    return locator;
}

std::optional<Zip64End> read_zip64_end(Bytes bytes) {
    Cursor cursor(bytes);
    Zip64End end;
    const auto signature = cursor.u32();
    const auto size = cursor.u64();
    const auto size_here = cursor.left();  // the record's size does not count signature and size
    cursor.skip(2);                        // version made by
    end.version_needed = cursor.u16();
    end.disk = cursor.u32();
    end.directory_disk = cursor.u32();
    end.entries_here = cursor.u64();
    end.entries = cursor.u64();
    end.size = cursor.u64();
    end.offset = cursor.u64();
    end.extension = cursor.bytes(cursor.left());
    if (signature != format::zip64_end_signature || size != size_here || !cursor.ok()) {
        return std::nullopt;
    }
    return end;
}

bool Zip64End::directory_is_encrypted() const {
    constexpr std::uint16_t second_version = 62;
    Cursor cursor(extension);
    const auto method = cursor.u16();
    cursor.skip(16);  // sizes
    const auto algorithm = cursor.u16();
    cursor.skip(8);  // key length, flags, hash
    return version_needed >= second_version && cursor.ok() && (method != 0 || algorithm != 0);
}

}  // namespace tapalcatl::zip
