#pragma once

#include "base/awaitable.hpp"
#include "base/clock.hpp"
#include "source/archives.hpp"
#include "tiles/metatile.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace tapalcatl::source {

/// Where a tile is kept: which archive, and which entry of it.
struct TilePlace {
    TileId metatile;  ///< after which the archive is named
    TileId offset;    ///< after which the entry is named: counted from the metatile, or from the top of the pyramid
    std::string key;
    std::string entry;
};

/// Where tiles come from. Safe from any thread.
class TileSource {
 public:
    virtual ~TileSource() = default;

    /// Where the tile is kept, if it exists.
    ///
    /// Requires: as tiles::locate().
    /// Fails: bad_request for a pixel size that there cannot be; not_found where no archive can have such a tile.
    virtual Result<TilePlace> place(TileId tile, unsigned pixel_size, std::string_view format) const = 0;

    /// The tile, if that can be told without waiting. Fails: as Archives::find().
    virtual std::optional<Result<Found>> find(const TilePlace& place) const = 0;

    /// The tile, from storage if need be. Fails: as Archives::read().
    virtual Awaitable<Result<Found>> read(TilePlace place, SteadyTime deadline) const = 0;
};

}  // namespace tapalcatl::source
