#pragma once

#include "base/bytes.hpp"

#include <cstdint>
#include <vector>

namespace tapalcatl::zip {

/// Bytes of a gzip member before and after its DEFLATE data (RFC 1952, section 2.3).
inline constexpr std::size_t gzip_header_size = 10;
inline constexpr std::size_t gzip_trailer_size = 8;

/// A gzip member around DEFLATE data as it is: a zip entry becomes an answer without being inflated.
std::vector<std::byte> gzip_member(Bytes deflate, std::uint32_t crc32, std::uint64_t size);

/// `content` compressed into a gzip member. `level` is libdeflate's, 1 to 12.
std::vector<std::byte> gzip(Bytes content, int level = 6);

/// The DEFLATE data inside a member that gzip_member() or gzip() made. Requires: `member` has no optional header
/// fields.
Bytes deflate_data(Bytes member);

}  // namespace tapalcatl::zip
