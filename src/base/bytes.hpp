#pragma once

#include "base/error.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

namespace tapalcatl {

/// A view of bytes that are owned elsewhere.
using Bytes = std::span<const std::byte>;

/// The bytes of `text`. Lifetime: the result views `text`.
inline Bytes as_bytes(std::string_view text) {
    return std::as_bytes(std::span(text.data(), text.size()));
}

/// `bytes` as text, without any decoding. Lifetime: the result views `bytes`.
inline std::string_view as_text(Bytes bytes) {
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};  // char may alias anything
}

/// The part of `from` that starts at `offset`. Lifetime: the result views the bytes of `from`.
/// Fails: corrupt if that part is not wholly inside `from`.
Result<Bytes> slice(Bytes from, std::uint64_t offset, std::uint64_t size);

/// A view of bytes with shared ownership of their owner. Cheap to copy; safe to pass to another thread.
class SharedBytes {
 public:
    SharedBytes() = default;

    /// Takes ownership of `bytes`.
    explicit SharedBytes(std::vector<std::byte> bytes)
        : SharedBytes(std::make_shared<const std::vector<std::byte>>(std::move(bytes))) {}

    /// Lifetime: `view` must stay valid as long as `owner` is held.
    SharedBytes(std::shared_ptr<const void> owner, Bytes view) : owner_(std::move(owner)), view_(view) {}

    Bytes view() const { return view_; }
    const std::byte* data() const { return view_.data(); }
    std::size_t size() const { return view_.size(); }
    bool empty() const { return view_.empty(); }

    /// A part of these bytes that shares the ownership. Requires: offset + size <= this->size().
    SharedBytes part(std::size_t offset, std::size_t size) const { return {owner_, view_.subspan(offset, size)}; }

 private:
    explicit SharedBytes(std::shared_ptr<const std::vector<std::byte>> bytes) : view_(*bytes) {
        owner_ = std::move(bytes);
    }

    std::shared_ptr<const void> owner_;
    Bytes view_;
};

/// A copy of `bytes` with an owner of its own.
SharedBytes copy_of(Bytes bytes);

/// Reads little-endian numbers and byte ranges in sequence from untrusted bytes.
/// A read beyond the end returns zeros or an empty view, and ok() is false from then on: read everything first, then
/// check ok() once before any of it is used.
class Cursor {
 public:
    explicit Cursor(Bytes bytes) : rest_(bytes) {}

    std::uint16_t u16() { return static_cast<std::uint16_t>(little_endian(2)); }
    std::uint32_t u32() { return static_cast<std::uint32_t>(little_endian(4)); }
    std::uint64_t u64() { return little_endian(8); }

    /// The next `size` bytes. Lifetime: views the cursor's bytes.
    Bytes bytes(std::uint64_t size);
    void skip(std::uint64_t size) { bytes(size); }

    std::size_t left() const { return rest_.size(); }
    bool ok() const { return ok_; }

 private:
    std::uint64_t little_endian(unsigned size);

    Bytes rest_;
    bool ok_ = true;
};

}  // namespace tapalcatl
