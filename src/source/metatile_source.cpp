#include "source/metatile_source.hpp"

#include <bit>

namespace tapalcatl::source {

Result<TilePlace> MetatileSource::place(TileId tile, unsigned pixel_size, std::string_view format) const {
    if (pixel_size < 256 || !std::has_single_bit(pixel_size)) {
        return fail(Errc::bad_request, "tile size {}: expected 256 times a power of two", pixel_size);
    }
    if (pixel_size / 256 > scheme_.metatile_size) {
        return fail(Errc::bad_request, "tile size {}: expected at most the metatile's, {}", pixel_size,
                    256 * scheme_.metatile_size);
    }
    const auto address = locate(tile, pixel_size / 256, scheme_);
    if (!address) {
        return address.error();
    }
    const auto& offset = address->offset;
    return TilePlace{address->metatile, offset, keys_.key(address->metatile),
                     fmt::format("{}/{}/{}.{}", offset.z, offset.x, offset.y, format)};
}

std::optional<Result<Found>> MetatileSource::find(const TilePlace& place) const {
    return archives_.find(place.key, place.entry);
}

Awaitable<Result<Found>> MetatileSource::read(TilePlace place, SteadyTime deadline) const {
    return archives_.read(std::move(place.key), std::move(place.entry), deadline);
}

}  // namespace tapalcatl::source
