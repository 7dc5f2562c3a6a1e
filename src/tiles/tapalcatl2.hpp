#pragma once

#include "tiles/metatile.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tapalcatl {

/// How a Tapalcatl 2 tile set is cut up into archives.
struct Tapalcatl2Scheme {
    std::vector<unsigned> materialized_zooms{0};  ///< of the archives; each has what lies below, down to the next
    unsigned metatile_size = 1;                   ///< tiles of the materialized zoom along an edge of an archive
    unsigned tile_scale = 1;                      ///< 2 stands for 512-pixel tiles

    friend bool operator==(const Tapalcatl2Scheme&, const Tapalcatl2Scheme&) = default;
};

/// The tile after which the archive is named that holds `tile`: the first of its block at the greatest materialized
/// zoom that is not below `tile`. nullopt if there is no such zoom, and so no archive.
///
/// Requires: as locate(), and scheme.metatile_size > 0.
std::optional<TileId> archive_of(TileId tile, const Tapalcatl2Scheme& scheme);

/// What `tile` is called in its archive: "5/3/2.mvt", or "5/3/2@2x.mvt" with a scale of 2.
std::string entry_of(TileId tile, unsigned tile_scale, std::string_view format);

}  // namespace tapalcatl
