#pragma once

#include "web/negotiation.hpp"

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace tapalcatl::web {

/// The Cache-Control of a public response: "public, max-age=1200, s-maxage=600". s-maxage, for shared caches, is left
/// out if it is 0. Cost: allocates, so make it once for each setting.
///
/// Requires: neither is negative.
std::string cache_control(std::chrono::seconds max_age, std::chrono::seconds shared_max_age = {});

/// A strong entity tag of a tile, as text with its quotes: `"c1315abc-9a3f-g"`. It does not allocate.
class EntityTag {
 public:
    /// Made of the tile's CRC-32 and inflated size, so that it stays the same until the tile changes, whatever happens
    /// to its archive. `salt` stands for what else the response depends on, such as headers from an archive's comment;
    /// 0 for nothing.
    EntityTag(std::uint32_t crc32, std::uint64_t size_bytes, Encoding encoding, std::uint32_t salt = 0);

    /// Lifetime: views this object.
    std::string_view view() const { return {text_.data(), size_}; }

 private:
    // "crc-size-salt-g" at its longest: 8, 16 and 8 digits, 2 quotes, 3 dashes, 1 letter
    std::array<char, 38> text_;
    std::uint8_t size_ = 0;
};

/// Whether the response to a GET or HEAD is 304 (RFC 9110, section 13), and with which entity tag.
///
/// `if_none_match` and `if_modified_since` are the request's fields, empty if absent. `tags` are the strong entity
/// tags, with their quotes, of all encodings that this client accepts; that of the full response is the first.
///
/// - If-None-Match, even a malformed one, takes precedence over If-Modified-Since. The comparison is weak, because CDNs
///   weaken tags. A list member that is not an entity tag matches nothing and ends at the next comma; "*" is valid only
///   as the whole field.
/// - If-Modified-Since is ignored if it is not exactly one HTTP date.
///
/// Returns the tag for the 304: the one that matched, or the first one if the reason is "*" or a date (empty if there
/// are no tags). nullopt: send the full response. Lifetime: views `tags`.
std::optional<std::string_view> unchanged(std::string_view if_none_match, std::string_view if_modified_since,
                                          std::span<const std::string_view> tags,
                                          std::optional<std::chrono::sys_seconds> last_modified);

}  // namespace tapalcatl::web
