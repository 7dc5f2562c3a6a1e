#pragma once

#include "source/tile_source.hpp"
#include "tiles/key_pattern.hpp"
#include "tiles/tapalcatl2.hpp"

namespace tapalcatl::source {

/// The tiles of Tapalcatl 2 archives.
class Tapalcatl2Source final : public TileSource {
 public:
    /// Lifetime: `archives` outlives this.
    Tapalcatl2Source(Archives& archives, Tapalcatl2Scheme scheme, KeyPattern keys)
        : archives_(archives), scheme_(std::move(scheme)), keys_(std::move(keys)) {}

    /// Fails: bad_request for another pixel size than 256 times the scheme's scale; not_found above all materialized
    /// zooms.
    Result<TilePlace> place(TileId tile, unsigned pixel_size, std::string_view format) const override;
    std::optional<Result<Found>> find(const TilePlace& place) const override;
    Awaitable<Result<Found>> read(TilePlace place, SteadyTime deadline) const override;

 private:
    Archives& archives_;
    Tapalcatl2Scheme scheme_;
    KeyPattern keys_;
};

}  // namespace tapalcatl::source
