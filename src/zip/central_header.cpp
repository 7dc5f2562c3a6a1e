#include "zip/central_header.hpp"

#include "zip/format.hpp"

namespace tapalcatl::zip {
namespace {

bool is_digital_signature(Bytes bytes) {
    Cursor cursor(bytes);
    const auto signature = cursor.u32();
    cursor.skip(cursor.u16());
    return signature == format::digital_signature && cursor.ok() && cursor.left() == 0;
}

}  // namespace

std::optional<CentralHeader> next_central_header(Cursor& cursor) {
    CentralHeader header;
    const auto signature = cursor.u32();
    cursor.skip(4);  // versions
    header.flags = cursor.u16();
    header.method = cursor.u16();
    cursor.skip(4);  // time and date
    header.crc32 = cursor.u32();
    header.compressed_size = cursor.u32();
    header.size = cursor.u32();
    const auto name_size = cursor.u16();
    const auto extra_size = cursor.u16();
    const auto comment_size = cursor.u16();
    header.disk = cursor.u16();
    cursor.skip(6);  // attributes
    header.offset = cursor.u32();
    header.name = cursor.bytes(name_size);
    header.extra = cursor.bytes(extra_size);
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

}  // namespace tapalcatl::zip
