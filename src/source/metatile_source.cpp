#include "source/metatile_source.hpp"

#include <bit>

namespace tapalcatl::source {

Result<TilePlace> MetatileSource::locate(const TileRequest& request) const {
    const auto& [tile, pixel_size, format, prefix, layer] = request;
    if (pixel_size < 256 || !std::has_single_bit(pixel_size)) {
        return fail(Errc::bad_request, "tile size {}: expected 256 times a power of two", pixel_size);
    }
    if (pixel_size / 256 > scheme_.metatile_size) {
        return fail(Errc::bad_request, "tile size {}: expected at most the metatile's, {}", pixel_size,
                    256 * scheme_.metatile_size);
    }
    const auto address = tapalcatl::locate(tile, pixel_size / 256, scheme_);
    if (!address) {
        return address.error();
    }
    const auto& offset = address->offset;
    return TilePlace{address->metatile, offset, key(address->metatile, prefix, layer),
                     fmt::format("{}/{}/{}.{}", offset.z, offset.x, offset.y, format)};
}

std::string MetatileSource::key(TileId metatile, std::string_view prefix, std::string_view layer) const {
    if (prefix.empty() && layer.empty()) {
        return keys_.key(metatile);
    }
    auto keys = keys_;
    if (!prefix.empty()) {
        keys.prefix = prefix;
    }
    if (!layer.empty()) {
        keys.layer = layer;
    }
    return keys.key(metatile);
}

std::string MetatileSource::probed_key() const {
    return keys_.key(TileId{0, 0, 0});
}

}  // namespace tapalcatl::source
