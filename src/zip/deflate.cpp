#include "zip/deflate.hpp"

#include "zip/records.hpp"

#include <libdeflate.h>

#include <array>
#include <cassert>
#include <new>
#include <optional>

namespace tapalcatl::zip {
namespace {

// The limit of DEFLATE: a match of 258 bytes in two bits.
constexpr std::uint64_t max_bytes_per_byte = 1032;

// A buffer that one huge entry needed is not kept for the small ones that follow.
constexpr std::uint64_t max_kept_buffer = 4 * 1024 * 1024;

struct FreeCompressor {
    void operator()(libdeflate_compressor* compressor) const { libdeflate_free_compressor(compressor); }
};

// No name, no time, no hint at the level, unknown system: nothing in it depends on when or where it was made.
constexpr std::array<std::byte, gzip_header_size> gzip_header{
    std::byte{0x1f}, std::byte{0x8b}, std::byte{8}, std::byte{0}, std::byte{0},
    std::byte{0},    std::byte{0},    std::byte{0}, std::byte{0}, std::byte{255}};

void append_gzip_trailer(std::vector<std::byte>& member, std::uint32_t crc32, std::uint64_t size) {
    append_little_endian(member, crc32);
    append_little_endian(member, static_cast<std::uint32_t>(size & 0xffffffff));  // modulo 2^32, says RFC 1952
}

/// Bytes of a gzip header with its optional fields (RFC 1952, section 2.3.1); nullopt if it is not whole or of a kind
/// that the RFC does not know.
std::optional<std::size_t> gzip_header_size_of(Bytes bytes) {
    constexpr unsigned has_crc = 2;
    constexpr unsigned has_extra = 4;
    constexpr unsigned has_name = 8;
    constexpr unsigned has_comment = 16;
    constexpr unsigned reserved = 0xe0;
    Cursor cursor(bytes);
    cursor.skip(2);
    const unsigned flags = cursor.u16() >> 8U;  // behind the method
    cursor.skip(6);
    if ((flags & has_extra) != 0) {
        cursor.skip(cursor.u16());
    }
    for (const auto flag : {has_name, has_comment}) {
        if ((flags & flag) != 0) {
            const auto text = as_text(bytes.last(cursor.left()));
            cursor.skip(text.find('\0') == text.npos ? bytes.size() : text.find('\0') + 1);
        }
    }
    if ((flags & has_crc) != 0) {
        cursor.skip(2);
    }
    if (!cursor.ok() || (flags & reserved) != 0) {
        return std::nullopt;
    }
    return bytes.size() - cursor.left();
}

}  // namespace

std::uint32_t crc32(Bytes bytes) {
    return libdeflate_crc32(0, bytes.data(), bytes.size());
}

void append_deflated(std::vector<std::byte>& out, Bytes content, int level) {
    assert(level >= 1 && level <= 12);
    const std::unique_ptr<libdeflate_compressor, FreeCompressor> compressor(libdeflate_alloc_compressor(level));
    if (!compressor) {
        throw std::bad_alloc();
    }
    const auto start = out.size();
    out.resize(start + libdeflate_deflate_compress_bound(compressor.get(), content.size()));
    const auto room = std::span(out).subspan(start);
    const auto size =
        libdeflate_deflate_compress(compressor.get(), content.data(), content.size(), room.data(), room.size());
    assert(size > 0);  // the bound leaves room enough
    out.resize(start + size);
}

void Inflater::Free::operator()(libdeflate_decompressor* decompressor) const {
    libdeflate_free_decompressor(decompressor);
}

Inflater::Inflater() : decompressor_(libdeflate_alloc_decompressor()) {
    if (!decompressor_) {
        throw std::bad_alloc();
    }
}

Result<void> Inflater::inflate_into(Bytes deflate, std::span<std::byte> out) {
    std::byte nothing{};
    const std::span<std::byte> room = out.empty() ? std::span(&nothing, 0) : out;  // libdeflate wants a pointer
    std::size_t used = 0;
    std::size_t written = 0;
    const auto result = libdeflate_deflate_decompress_ex(decompressor_.get(), deflate.data(), deflate.size(),
                                                         room.data(), room.size(), &used, &written);
    if (result == LIBDEFLATE_INSUFFICIENT_SPACE) {
        return fail(Errc::corrupt, "the DEFLATE data do not end within the {} bytes they should inflate to",
                    out.size());
    }
    if (result != LIBDEFLATE_SUCCESS) {
        return fail(Errc::corrupt, "the DEFLATE data are damaged or cut off");
    }
    if (written != out.size()) {
        return fail(Errc::corrupt, "inflates to {} bytes instead of {}", written, out.size());
    }
    if (used != deflate.size()) {
        return fail(Errc::corrupt, "the DEFLATE data end after {} of {} bytes", used, deflate.size());
    }
    return {};
}

Result<Bytes> Inflater::inflate(Bytes deflate, std::uint64_t size) {
    if (size / max_bytes_per_byte > deflate.size()) {
        return fail(Errc::corrupt, "{} bytes cannot be deflated to {}", size, deflate.size());
    }
    const auto room = buffer_for(static_cast<std::size_t>(size));
    const auto inflated = inflate_into(deflate, room);
    if (!inflated) {
        return inflated.error();
    }
    return room;
}

std::span<std::byte> Inflater::buffer_for(std::size_t size) {
    const bool is_wasteful = capacity_ > max_kept_buffer && size <= max_kept_buffer;
    if (size > capacity_ || is_wasteful) {
        buffer_.reset();  // before the new one is allocated, so that there are never both
        capacity_ = 0;
        buffer_ = std::make_unique_for_overwrite<std::byte[]>(size);
        capacity_ = size;
    }
    return std::span(buffer_.get(), capacity_).first(size);
}

std::vector<std::byte> gzip_member(Bytes deflate, std::uint32_t crc32, std::uint64_t size) {
    std::vector<std::byte> member;
    member.reserve(gzip_header.size() + deflate.size() + gzip_trailer_size);
    append(member, gzip_header);
    append(member, deflate);
    append_gzip_trailer(member, crc32, size);
    return member;
}

std::vector<std::byte> gzip(Bytes content, int level) {
    std::vector<std::byte> member;
    append(member, gzip_header);
    append_deflated(member, content, level);
    append_gzip_trailer(member, crc32(content), content.size());
    member.shrink_to_fit();
    return member;
}

bool looks_gzipped(Bytes bytes) {
    return bytes.size() >= gzip_header_size + gzip_trailer_size && as_text(bytes).starts_with("\x1f\x8b\x08");
}

Result<Gzipped> open_gzip(Bytes member, std::uint64_t limit) {
    if (!looks_gzipped(member)) {
        return fail(Errc::corrupt, "no gzip member");
    }
    const auto body = member.first(member.size() - gzip_trailer_size);
    const auto header_size = gzip_header_size_of(body);
    if (!header_size) {
        return fail(Errc::corrupt, "the gzip header is damaged or cut off");
    }
    Cursor trailer(member.last(gzip_trailer_size));
    Gzipped parts;
    parts.deflate = body.subspan(*header_size);
    parts.crc32 = trailer.u32();
    parts.size = trailer.u32();
    if (parts.size > limit) {
        return fail(Errc::too_large, "{} bytes inside of gzip, over the limit of {}", parts.size, limit);
    }
    Inflater inflater;
    const auto content = inflater.inflate(parts.deflate, parts.size);
    if (!content) {
        return content.error().within("gzip");
    }
    if (crc32(*content) != parts.crc32) {
        return fail(Errc::corrupt, "gzip: the content's CRC-32 is {:08x}, the trailer says {:08x}", crc32(*content),
                    parts.crc32);
    }
    return parts;
}

Bytes deflate_data(Bytes member) {
    assert(member.size() >= gzip_header_size + gzip_trailer_size);
    return member.subspan(gzip_header_size, member.size() - gzip_header_size - gzip_trailer_size);
}

}  // namespace tapalcatl::zip
