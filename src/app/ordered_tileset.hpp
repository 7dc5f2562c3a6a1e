#pragma once

#include "app/archive_stores.hpp"
#include "base/error.hpp"
#include "settings/tileset_settings.hpp"
#include "source/tile_source.hpp"

#include <memory>

namespace tapalcatl::app {

/// A tileset with several sources, whose storages are opened in `stores`. Sends nothing to them yet.
///
/// Requires: tileset.sources is not empty. Fails: as ArchiveStores::open(); the message names the source.
/// Lifetime: `stores` outlives the result.
Result<std::shared_ptr<const source::TileSource>> open_ordered(const TilesetSettings& tileset, ArchiveStores& stores);

}  // namespace tapalcatl::app
