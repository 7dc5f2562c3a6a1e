#pragma once

#include "web/negotiation.hpp"

#include <array>
#include <cstdint>
#include <string_view>

namespace tapalcatl::web {

/// A strong entity tag of a tile, as text with its quotes: `"c1315abc-9a3f-g"`. Made without allocation.
class EntityTag {
 public:
    /// From the tile's CRC-32 and inflated size, so that it lasts as long as the tile does, through any rebuild of its
    /// archive. `salt` stands for whatever else goes into the answer, such as headers from an archive's comment; 0 for
    /// nothing.
    EntityTag(std::uint32_t crc32, std::uint64_t size_bytes, Encoding encoding, std::uint32_t salt = 0);

    /// Lifetime: views this object.
    std::string_view view() const { return {text_.data(), size_}; }

 private:
    // "crc-size-salt-g" at its longest: 8, 16 and 8 digits, 2 quotes, 3 dashes, 1 letter
    std::array<char, 38> text_;
    std::uint8_t size_ = 0;
};

}  // namespace tapalcatl::web
