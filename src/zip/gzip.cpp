#include "zip/gzip.hpp"

#include "zip/deflate.hpp"
#include "zip/entry.hpp"
#include "zip/little_endian.hpp"

#include <array>
#include <cassert>

namespace tapalcatl::zip {
namespace {

// No name, no time, no hint at the level, unknown system: nothing in it depends on when or where it was made.
constexpr std::array<std::byte, gzip_header_size> header{std::byte{0x1f}, std::byte{0x8b}, std::byte{8}, std::byte{0},
                                                         std::byte{0},    std::byte{0},    std::byte{0}, std::byte{0},
                                                         std::byte{0},    std::byte{255}};

void append_trailer(std::vector<std::byte>& member, std::uint32_t crc32, std::uint64_t size) {
    append_little_endian(member, crc32);
    append_little_endian(member, static_cast<std::uint32_t>(size & 0xffffffff));  // modulo 2^32, says RFC 1952
}

}  // namespace

std::vector<std::byte> gzip_member(Bytes deflate, std::uint32_t crc32, std::uint64_t size) {
    std::vector<std::byte> member;
    member.reserve(header.size() + deflate.size() + gzip_trailer_size);
    append(member, header);
    append(member, deflate);
    append_trailer(member, crc32, size);
    return member;
}

std::vector<std::byte> gzip(Bytes content, int level) {
    std::vector<std::byte> member;
    append(member, header);
    append_deflated(member, content, level);
    append_trailer(member, crc32(content), content.size());
    member.shrink_to_fit();
    return member;
}

Bytes deflate_data(Bytes member) {
    assert(member.size() >= gzip_header_size + gzip_trailer_size);
    return member.subspan(gzip_header_size, member.size() - gzip_header_size - gzip_trailer_size);
}

}  // namespace tapalcatl::zip
