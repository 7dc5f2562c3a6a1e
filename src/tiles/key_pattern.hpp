#pragma once

#include "base/error.hpp"
#include "tiles/metatile.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace tapalcatl {

/// Where a key has the hash that spreads keys over the partitions of S3.
enum class KeyLayout {
    no_hash,      ///< prefix/layer/z/x/y.zip
    hash_prefix,  ///< hash/prefix/layer/z/x/y.zip
    prefix_hash,  ///< prefix/hash/layer/z/x/y.zip
};

/// "NO_HASH", "HASH_PREFIX" or "PREFIX_HASH", as KEY_FORMAT_TYPE spells them. Fails: usage.
Result<KeyLayout> parse_key_layout(std::string_view name);
std::string_view name_of(KeyLayout layout);

/// How the keys of a tile set's metatiles are made. An empty part is left out together with its slash.
///
/// The hash is the first five hexadecimal digits of the MD5 of "/layer/z/x/y.zip", or of "z/x/y.zip" if there is no
/// layer.
struct KeyPattern {
    KeyLayout layout = KeyLayout::prefix_hash;
    std::string prefix;
    std::string layer = "all";

    /// The object key of `metatile`, without a leading slash.
    std::string key(TileId metatile) const;
};

}  // namespace tapalcatl
