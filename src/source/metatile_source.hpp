#pragma once

#include "base/awaitable.hpp"
#include "source/archives.hpp"
#include "tiles/key_pattern.hpp"
#include "tiles/metatile.hpp"

#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace tapalcatl::source {

/// Where a tile is kept: which archive, and which entry of it.
struct TilePlace {
    TileAddress address;
    std::string key;
    std::string entry;
};

/// The tiles of Tilezen's v1 metatiles.
class MetatileSource {
 public:
    MetatileSource(Archives& archives, MetatileScheme scheme, KeyPattern keys)
        : archives_(archives), scheme_(scheme), keys_(std::move(keys)) {}

    /// Where the tile is kept, if it exists. `pixel_size` is 256 times a power of two.
    /// Requires: as tiles::locate(). Fails: bad_request for a pixel size that the metatiles cannot have.
    Result<TilePlace> place(TileId tile, unsigned pixel_size, std::string_view format) const;

    /// The tile, if that can be told without waiting. Any thread.
    std::optional<Result<Found>> find(const TilePlace& place) const { return archives_.find(place.key, place.entry); }

    /// The tile, from storage if need be. Fails: as Archives::read().
    Awaitable<Result<Found>> read(TilePlace place, SteadyTime deadline) const;

    Archives& archives() const { return archives_; }
    const MetatileScheme& scheme() const { return scheme_; }

 private:
    Archives& archives_;
    MetatileScheme scheme_;
    KeyPattern keys_;
};

}  // namespace tapalcatl::source
