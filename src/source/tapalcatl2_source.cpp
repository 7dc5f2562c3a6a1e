#include "source/tapalcatl2_source.hpp"

namespace tapalcatl::source {

Result<TilePlace> Tapalcatl2Source::locate(const TileRequest& request) const {
    const auto& [tile, pixel_size, format, prefix, layer] = request;
    if (pixel_size != 256 * scheme_.tile_scale) {
        return fail(Errc::bad_request, "tile size {}: expected {}", pixel_size, 256 * scheme_.tile_scale);
    }
    const auto archive = archive_of(tile, scheme_);
    if (!archive) {
        return fail(Errc::not_found, "{}: no archive is materialized at zoom {} or above", to_string(tile), tile.z);
    }
    return TilePlace{*archive, tile, keys_.key(*archive), entry_of(tile, scheme_.tile_scale, format)};
}

std::string Tapalcatl2Source::probed_key() const {
    return keys_.key(TileId{0, 0, 0});
}

}  // namespace tapalcatl::source
