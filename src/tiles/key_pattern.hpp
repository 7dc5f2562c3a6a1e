#pragma once

#include "base/error.hpp"
#include "tiles/metatile.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace tapalcatl {

/// Where the hash stands that spreads keys over S3's partitions.
enum class KeyLayout {
    no_hash,      ///< prefix/layer/z/x/y.zip
    hash_prefix,  ///< hash/prefix/layer/z/x/y.zip
    prefix_hash,  ///< prefix/hash/layer/z/x/y.zip
};

/// "NO_HASH", "HASH_PREFIX" or "PREFIX_HASH", as KEY_FORMAT_TYPE spells them. Fails: usage.
Result<KeyLayout> parse_key_layout(std::string_view name);
std::string_view name_of(KeyLayout layout);

/// How the keys of a tile set's metatiles are made. Parts that are empty are left out with their slash.
///
/// The hash is the first five hex digits of MD5 over "/layer/z/x/y.zip", or over "z/x/y.zip" where there is no layer.
struct KeyPattern {
    KeyLayout layout = KeyLayout::prefix_hash;
    std::string prefix;
    std::string layer = "all";

    /// The object key of `metatile`, without a leading slash.
    std::string key(TileId metatile) const;
};

}  // namespace tapalcatl
