#include "base/bytes.hpp"

namespace tapalcatl {

Result<Bytes> slice(Bytes from, std::uint64_t offset, std::uint64_t size) {
    if (offset > from.size() || size > from.size() - offset) {
        return fail(Errc::corrupt, "{} bytes at {} do not fit in {}", size, offset, from.size());
    }
    return from.subspan(static_cast<std::size_t>(offset), static_cast<std::size_t>(size));
}

SharedBytes copy_of(Bytes bytes) {
    return SharedBytes(std::vector<std::byte>(bytes.begin(), bytes.end()));
}

Bytes Cursor::bytes(std::uint64_t size) {
    if (size > rest_.size()) {
        ok_ = false;
        rest_ = {};
        return {};
    }
    const auto piece = rest_.first(static_cast<std::size_t>(size));
    rest_ = rest_.subspan(piece.size());
    return piece;
}

std::uint64_t Cursor::little_endian(unsigned size) {
    std::uint64_t value = 0;
    unsigned shift = 0;
    for (const auto byte : bytes(size)) {
        value |= std::to_integer<std::uint64_t>(byte) << shift;
        shift += 8;
    }
    return value;
}

}  // namespace tapalcatl
