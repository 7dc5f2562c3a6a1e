#pragma once

#include "source/archives.hpp"
#include "source/tile_source.hpp"

namespace tapalcatl::source {

/// A source whose tiles are entries of archives. What differs is the address scheme: locate().
class ArchiveSource : public TileSource {
 public:
    /// Lifetime: `archives` outlives this.
    explicit ArchiveSource(Archives& archives) : archives_(archives) {}

    std::optional<Result<Tile>> find(const TileRequest& tile) const final;
    Awaitable<Result<Tile>> read(const TileRequest& tile, SteadyTime deadline) const final;
    /// Reads the archive of the tile 0/0/0.
    Awaitable<Result<void>> probe(SteadyTime deadline) const final;
    Awaitable<bool> settle(SteadyTime deadline) const final { return archives_.settle(deadline); }
    SourceInfo info() const final;

 protected:
    /// The archive that a probe reads. It need not exist.
    virtual std::string probed_key() const = 0;

 private:
    Archives& archives_;
};

}  // namespace tapalcatl::source
