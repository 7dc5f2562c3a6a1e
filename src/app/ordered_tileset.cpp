#include "app/ordered_tileset.hpp"

#include "app/storage_access.hpp"
#include "settings/configuration.hpp"
#include "source/metatile_source.hpp"
#include "source/ordered_source.hpp"

#include <utility>
#include <vector>

namespace tapalcatl::app {

Result<std::shared_ptr<const source::TileSource>> open_ordered(const TilesetSettings& tileset, ArchiveStores& stores) {
    std::vector<source::OrderedSource::Member> members;
    for (const auto& each : tileset.sources) {
        const auto& settings = each->settings;
        const auto location = storage_location(settings);
        if (!location) {
            return location.error().within(each->name);
        }
        const auto archives = stores.open(*location, storage_access(settings));
        if (!archives) {
            return archives.error().within(each->name);
        }
        members.push_back(
            {each->name, std::make_shared<const source::MetatileSource>(*archives, settings.metatiles, settings.keys)});
    }
    return std::make_shared<const source::OrderedSource>(std::move(members), tileset.on_failure, tileset.description);
}

}  // namespace tapalcatl::app
