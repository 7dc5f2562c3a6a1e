#include "source/tapalcatl2_source.hpp"

namespace tapalcatl::source {

Result<TilePlace> Tapalcatl2Source::place(TileId tile, unsigned pixel_size, std::string_view format) const {
    if (pixel_size != 256 * scheme_.tile_scale) {
        return fail(Errc::bad_request, "tile size {}: expected {}", pixel_size, 256 * scheme_.tile_scale);
    }
    const auto archive = archive_of(tile, scheme_);
    if (!archive) {
        return fail(Errc::not_found, "{}: no archive is materialized at zoom {} or above", to_string(tile), tile.z);
    }
    return TilePlace{*archive, tile, keys_.key(*archive), entry_of(tile, scheme_.tile_scale, format)};
}

std::optional<Result<Found>> Tapalcatl2Source::find(const TilePlace& place) const {
    return archives_.find(place.key, place.entry);
}

Awaitable<Result<Found>> Tapalcatl2Source::read(TilePlace place, SteadyTime deadline) const {
    return archives_.read(std::move(place.key), std::move(place.entry), deadline);
}

}  // namespace tapalcatl::source
