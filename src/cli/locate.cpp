#include "base/text.hpp"
#include "cli/json.hpp"
#include "cli/verbs.hpp"
#include "tiles/metatile.hpp"

namespace tapalcatl::cli {

Result<void> locate(const Settings& settings, const TilePath& path, unsigned tile_size, Form form, Output& out) {
    const auto address = tapalcatl::locate(path.tile, tile_size, settings.metatiles);
    if (!address) {
        return address.error().within(to_string(path.tile));
    }
    const auto key = settings.keys.key(address->metatile);
    const auto entry = fmt::format("{}.{}", to_string(address->offset), path.format);
    if (form == Form::text) {
        out.print("{} {}\n", key, entry);
        return {};
    }
    const boost::json::object document{{"tile", to_string(path.tile)},
                                       {"px", 256 * tile_size},
                                       {"format", utf8(path.format)},
                                       {"metatile", to_string(address->metatile)},
                                       {"offset", to_string(address->offset)},
                                       {"key", utf8(key)},
                                       {"entry", utf8(entry)}};
    out.print("{}\n", json_text(document));
    return {};
}

}  // namespace tapalcatl::cli
