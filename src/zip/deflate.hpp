#pragma once

#include "base/bytes.hpp"
#include "base/error.hpp"

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

struct libdeflate_decompressor;

/// DEFLATE in both directions, the checksum of zip and gzip, and gzip's frame around DEFLATE data.
namespace tapalcatl::zip {

/// CRC-32 as zip and gzip use it (ISO 3309).
std::uint32_t crc32(Bytes bytes);

/// Appends `content`, deflated, to `out`. `level` is libdeflate's, 1 to 12.
void append_deflated(std::vector<std::byte>& out, Bytes content, int level);

/// Inflates DEFLATE data. Keeps a buffer from one call to the next; use one per thread.
class Inflater {
 public:
    Inflater();

    /// Fills `out` with the inflated `deflate`. Fails: corrupt if it does not fill `out` exactly, using all of
    /// `deflate`.
    Result<void> inflate_into(Bytes deflate, std::span<std::byte> out);

    /// The inflated `deflate`, which must have exactly `size` bytes.
    ///
    /// Cost: takes `size` bytes of memory, so compare that with a limit before. Lifetime: the result is valid until the
    /// next call on this Inflater. Fails: as inflate_into(); corrupt if DEFLATE cannot hold so many bytes, before any
    /// memory is taken.
    Result<Bytes> inflate(Bytes deflate, std::uint64_t size);

 private:
    struct Free {
        void operator()(libdeflate_decompressor* decompressor) const;
    };

    std::span<std::byte> buffer_for(std::size_t size);

    std::unique_ptr<libdeflate_decompressor, Free> decompressor_;
    std::unique_ptr<std::byte[]> buffer_;
    std::size_t capacity_ = 0;
};

/// Bytes of a gzip member before and after its DEFLATE data (RFC 1952, section 2.3).
inline constexpr std::size_t gzip_header_size = 10;
inline constexpr std::size_t gzip_trailer_size = 8;

/// A gzip member around DEFLATE data as they are: a zip entry becomes an answer without being inflated.
std::vector<std::byte> gzip_member(Bytes deflate, std::uint32_t crc32, std::uint64_t size);

/// `content` compressed into a gzip member. `level` is libdeflate's, 1 to 12.
std::vector<std::byte> gzip(Bytes content, int level = 6);

/// Whether `bytes` start like a gzip member.
bool looks_gzipped(Bytes bytes);

/// What a gzip member holds.
struct Gzipped {
    Bytes deflate;  ///< views the member
    std::uint32_t crc32 = 0;
    std::uint64_t size = 0;  ///< inflated
};

/// Takes a gzip member that others made apart and checks it: its header, which may have optional fields, DEFLATE,
/// CRC-32 and size.
///
/// Cost: inflates it. Lifetime: the result views `member`.
/// Fails: corrupt, also if bytes follow the member; too_large if it says that it inflates to more than `limit` bytes.
Result<Gzipped> open_gzip(Bytes member, std::uint64_t limit);

/// The DEFLATE data inside a member that gzip_member() or gzip() made. Requires: `member` has no optional header
/// fields.
Bytes deflate_data(Bytes member);

}  // namespace tapalcatl::zip
