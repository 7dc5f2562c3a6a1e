#pragma once

#include "source/archive_source.hpp"
#include "tiles/key_pattern.hpp"

namespace tapalcatl::source {

/// The tiles of Tilezen's v1 metatiles.
class MetatileSource final : public ArchiveSource {
 public:
    /// Requires: `archives` is not null.
    MetatileSource(std::shared_ptr<Archives> archives, MetatileScheme scheme, KeyPattern keys,
                   TilesetDescription description = {})
        : ArchiveSource(std::move(archives), std::move(description)), scheme_(scheme), keys_(std::move(keys)) {}

    /// Fails: bad_request for a pixel size that is not 256 times a power of two, or exceeds the metatile.
    Result<TilePlace> locate(const TileRequest& request) const override;

 protected:
    std::string probed_key() const override;

 private:
    std::string key(TileId metatile, std::string_view prefix, std::string_view layer) const;

    MetatileScheme scheme_;
    KeyPattern keys_;
};

}  // namespace tapalcatl::source
