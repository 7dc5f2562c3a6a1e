#pragma once

#include "source/archives.hpp"
#include "source/tile_source.hpp"

#include <memory>
#include <utility>

namespace tapalcatl::source {

/// The tile that an entry is. Lifetime: what it points to is valid as long as its bytes are held.
Tile tile_of(const Found& found);

/// A source whose tiles are entries of archives. What differs is the address scheme: locate().
class ArchiveSource : public TileSource {
 public:
    /// Requires: `archives` is not null.
    ArchiveSource(std::shared_ptr<Archives> archives, TilesetDescription description)
        : archives_(std::move(archives)),
          description_(std::make_shared<const TilesetDescription>(std::move(description))) {}

    std::optional<Result<Tile>> find(const TileRequest& tile) const final;
    Awaitable<Result<Tile>> read(const TileRequest& tile, SteadyTime deadline) const final;
    /// Reads the archive of the tile 0/0/0.
    Awaitable<Result<void>> probe(SteadyTime deadline) const final;
    Awaitable<bool> settle(SteadyTime deadline) const final { return archives_->settle(deadline); }
    SourceInfo info() const final;
    std::shared_ptr<const TilesetDescription> description() const override { return description_; }
    Awaitable<Result<std::shared_ptr<const TilesetDescription>>> describe(SteadyTime deadline) const override;

 protected:
    /// The archive that a probe reads. It need not exist.
    virtual std::string probed_key() const = 0;

 private:
    std::shared_ptr<Archives> archives_;
    std::shared_ptr<const TilesetDescription> description_;
};

}  // namespace tapalcatl::source
