#pragma once

#include "base/awaitable.hpp"
#include "base/clock.hpp"
#include "source/archives.hpp"
#include "tiles/metatile.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace tapalcatl::source {

/// The location of a tile: an archive, and an entry of it.
struct TilePlace {
    TileId metatile;  ///< names the archive
    TileId offset;    ///< names the entry: relative to the metatile, or to the top of the pyramid
    std::string key;
    std::string entry;
};

/// A source of tiles. Safe from any thread.
class TileSource {
 public:
    virtual ~TileSource() = default;

    /// The location that the tile has if it exists.
    ///
    /// Requires: as tiles::locate().
    /// Fails: bad_request for an impossible pixel size; not_found if no archive can have such a tile.
    virtual Result<TilePlace> place(TileId tile, unsigned pixel_size, std::string_view format) const = 0;

    /// The tile, if the result is known without waiting. Fails: as Archives::find().
    virtual std::optional<Result<Found>> find(const TilePlace& place) const = 0;

    /// The tile, read from storage if needed. Fails: as Archives::read().
    virtual Awaitable<Result<Found>> read(TilePlace place, SteadyTime deadline) const = 0;
};

}  // namespace tapalcatl::source
