#pragma once

#include "base/error.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

namespace tapalcatl {

/// Bytes that somebody else owns.
using Bytes = std::span<const std::byte>;

/// The bytes of `text`. Lifetime: the result views `text`.
inline Bytes as_bytes(std::string_view text) {
    return std::as_bytes(std::span(text.data(), text.size()));
}

/// `bytes` as text, as they are. Lifetime: the result views `bytes`.
inline std::string_view as_text(Bytes bytes) {
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};  // char may alias anything
}

/// The part of `from` that starts at `offset`. Lifetime: the result views the bytes of `from`.
/// Fails: corrupt if that part is not wholly inside `from`.
Result<Bytes> slice(Bytes from, std::uint64_t offset, std::uint64_t size);

/// Bytes together with a share in whoever owns them. Cheap to copy; safe to hand to another thread.
class SharedBytes {
 public:
    SharedBytes() = default;

    /// Takes the bytes over.
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

/// Reads little-endian numbers and pieces one after the other out of foreign bytes.
///
/// A read beyond the end answers zeros and empty views and is remembered: read what is needed, then ask `ok()` once
/// before believing any of it.
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
