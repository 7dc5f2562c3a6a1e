#pragma once

#include "base/bytes.hpp"
#include "base/error.hpp"
#include "zip/directory.hpp"

#include <cstdint>
#include <memory>
#include <span>

struct libdeflate_decompressor;

namespace tapalcatl::zip {

/// A run of bytes of the object.
struct Extent {
    std::uint64_t offset = 0;
    std::uint64_t size = 0;
};

/// What must be read to have all of `entry`: its local header, data and what may lie between.
///
/// The local header's extra field is of unknown length, so this reaches to the next header, or as far as that length
/// allows.
Extent extent_of(const Entry& entry);

/// The entry's data as it is stored, out of `bytes`, which start at its local header.
///
/// Lifetime: the result views `bytes`.
/// Fails, with the entry's name in the message: corrupt if the local header does not agree with the directory (name,
/// method, and sizes and CRC where it has them) or the data are not wholly inside `bytes`; unsupported for encrypted
/// entries and methods that are not read.
Result<Bytes> stored_data(const Entry& entry, Bytes bytes);

/// Inflates entries and checks them. Keeps a buffer from one to the next; use one per thread.
class Inflater {
 public:
    Inflater();

    /// The entry's content, out of `data` as stored_data() gives them.
    ///
    /// Lifetime: the result is valid until the next call on this Inflater, and views `data` for stored entries.
    /// Fails, with the entry's name in the message: too_large if the entry says it has more than `ceiling` bytes;
    /// corrupt if DEFLATE does not end exactly at the end of `data`, or does not give exactly the size and CRC-32 that
    /// the directory says. Never writes more than `ceiling` bytes.
    Result<Bytes> inflate(const Entry& entry, Bytes data, std::uint64_t ceiling);

    /// Fills `out` with the inflated `deflate`. Fails: corrupt if it does not fill `out` exactly, using all of
    /// `deflate`.
    Result<void> inflate_into(Bytes deflate, std::span<std::byte> out);

 private:
    struct Free {
        void operator()(libdeflate_decompressor* decompressor) const;
    };

    Result<Bytes> inflate_unnamed(const Entry& entry, Bytes data, std::uint64_t ceiling);
    std::span<std::byte> buffer_for(std::size_t size);

    std::unique_ptr<libdeflate_decompressor, Free> decompressor_;
    std::unique_ptr<std::byte[]> buffer_;
    std::size_t capacity_ = 0;
};

/// CRC-32 as zip and gzip use it (ISO 3309).
std::uint32_t crc32(Bytes bytes);

}  // namespace tapalcatl::zip
