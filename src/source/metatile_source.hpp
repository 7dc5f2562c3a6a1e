#pragma once

#include "source/tile_source.hpp"
#include "tiles/key_pattern.hpp"

namespace tapalcatl::source {

/// The tiles of Tilezen's v1 metatiles.
class MetatileSource final : public TileSource {
 public:
    /// Lifetime: `archives` outlives this.
    MetatileSource(Archives& archives, MetatileScheme scheme, KeyPattern keys)
        : archives_(archives), scheme_(scheme), keys_(std::move(keys)) {}

    /// Fails: bad_request for a pixel size that is not 256 times a power of two, or exceeds the metatile.
    Result<TilePlace> place(TileId tile, unsigned pixel_size, std::string_view format) const override;
    std::optional<Result<Found>> find(const TilePlace& place) const override;
    Awaitable<Result<Found>> read(TilePlace place, SteadyTime deadline) const override;

    Archives& archives() const { return archives_; }
    const MetatileScheme& scheme() const { return scheme_; }

 private:
    Archives& archives_;
    MetatileScheme scheme_;
    KeyPattern keys_;
};

}  // namespace tapalcatl::source
