#include "web/etag.hpp"

#include <fmt/format.h>

namespace tapalcatl::web {

EntityTag::EntityTag(std::uint32_t crc32, std::uint64_t size_bytes, Encoding encoding, std::uint32_t salt) {
    auto* end = fmt::format_to(text_.data(), "\"{:08x}-{:x}", crc32, size_bytes);
    if (salt != 0) {
        end = fmt::format_to(end, "-{:08x}", salt);
    }
    if (encoding == Encoding::gzip) {
        *end++ = '-';
        *end++ = 'g';  // no hex digit: a salt cannot look like it
    }
    *end++ = '"';
    size_ = static_cast<std::uint8_t>(end - text_.data());
}

}  // namespace tapalcatl::web
