#pragma once

#include "base/error.hpp"
#include "tiles/metatile.hpp"

#include <string>
#include <string_view>

namespace tapalcatl {

/// A tile in one of its formats, as people name it: "3/4/2.mvt".
struct TilePath {
    TileId tile;
    std::string format;  ///< what follows the first dot; is_format()

    friend bool operator==(const TilePath&, const TilePath&) = default;
};

/// Whether `text`, what follows the first dot of "y.format", names a format: not empty, without a slash, and not such
/// that the dot belongs to a number, as in "1.5.mvt" and "1.5".
bool is_format(std::string_view text);

/// Reads "z/x/y.format"; leading zeros are fine. z may be 0 to 31, x and y must lie in the pyramid at z.
/// Fails: usage, in words that name the value and what was expected.
Result<TilePath> parse_tile_path(std::string_view text);

}  // namespace tapalcatl
