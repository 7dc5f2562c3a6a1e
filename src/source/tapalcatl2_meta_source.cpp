#include "source/tapalcatl2_meta_source.hpp"

#include "base/text.hpp"
#include "source/archive_source.hpp"

namespace tapalcatl::source {
namespace {

using Current = Tapalcatl2Document::Current;

/// A tile with its headers, of one version of the meta.json: another version may have other headers, or rule it out.
struct ServedTile final : web::Validity {
    ServedTile(Found tile, std::shared_ptr<const LoadedTileset> of, std::shared_ptr<const TileHeaders> sent)
        : block(std::move(tile.block)), tileset(std::move(of)), headers(std::move(sent)) {}

    bool is_valid(SteadyTime now, WallTime wall) const override {
        return block->is_valid(now, wall) && tileset->state->is_fresh({now, wall});
    }
    void note_uses(unsigned times) const override { block->note_uses(times); }

    std::shared_ptr<const Block> block;
    std::shared_ptr<const LoadedTileset> tileset;
    std::shared_ptr<const TileHeaders> headers;
};

/// The place of a tile, and which of the formats it has.
struct Place {
    TilePlace place;
    std::size_t format = 0;
};

Result<Place> place_of(const LoadedTileset& tileset, const TileRequest& request) {
    const auto& tile = request.tile;
    const auto pixel_size = request.pixel_size;
    const auto extension = request.format;
    const auto& about = *tileset.description;
    const auto* const format = about.format(extension);
    if (format == nullptr) {
        return fail(Errc::no_tile, "{}: the tileset has no format '{}'", to_string(tile), printable(extension));
    }
    const auto scale = pixel_size / 256;
    if (pixel_size % 256 != 0 || about.scale(scale) == nullptr) {
        return fail(Errc::no_tile, "{}: the tileset has no tiles of {} pixels", to_string(tile), pixel_size);
    }
    if (tile.z < about.min_zoom || tile.z > about.max_zoom()) {
        return fail(Errc::no_tile, "{}: the tileset has zooms {} to {}", to_string(tile), about.min_zoom,
                    about.max_zoom());
    }
    if (!tileset.box.touches(tile)) {
        return fail(Errc::no_tile, "{}: outside the bounds of the tileset", to_string(tile));
    }
    const auto archive = archive_of(tile, tileset.meta.scheme);
    if (!archive) {
        return fail(Errc::no_tile, "{}: no archive is materialized at zoom {} or above", to_string(tile), tile.z);
    }
    return Place{{*archive, tile, tileset.keys.name(*archive), entry_of(tile, scale, extension)},
                 static_cast<std::size_t>(format - about.formats.data())};
}

Result<Tile> served(const Result<Found>& found, const Current& current, std::size_t format) {
    if (!found) {
        return found.error();
    }
    auto headers = merged(current.tileset->meta.headers[format], found->block->headers);
    const auto tile = std::make_shared<const ServedTile>(*found, current.tileset, std::move(headers));
    auto made = tile_of(*found);
    made.bytes = SharedBytes(tile, tile->block->bytes);
    made.headers = tile->headers.get();
    made.stale = made.stale || current.is_stale;
    made.validity = made.stale ? nullptr : tile.get();
    return made;
}

/// `request` with a format of its own, which is waited with.
Awaitable<Result<Tile>> read_tile(Tapalcatl2Document* document, TileRequest request, std::string format,
                                  SteadyTime deadline) {
    request.format = format;
    auto known = document->find();
    if (!known) {
        auto loaded = co_await document->read(deadline);
        known = std::move(loaded);
    }
    if (!*known) {
        co_return known->error();
    }
    const auto current = **known;
    const auto place = place_of(*current.tileset, request);
    if (!place) {
        co_return place.error();
    }
    const auto key = place->place.key;
    const auto entry = place->place.entry;
    const auto found = co_await current.tileset->archives->read(key, entry, deadline);
    co_return served(found, current, place->format);
}

}  // namespace

std::optional<Result<Tile>> Tapalcatl2MetaSource::find(const TileRequest& tile) const {
    const auto current = document_->find();
    if (!current) {
        return std::nullopt;
    }
    if (!*current) {
        return Result<Tile>(current->error());
    }
    const auto place = place_of(*(*current)->tileset, tile);
    if (!place) {
        return Result<Tile>(place.error());
    }
    const auto found = (*current)->tileset->archives->find(place->place.key, place->place.entry);
    if (!found) {
        return std::nullopt;
    }
    return served(*found, **current, place->format);
}

Awaitable<Result<Tile>> Tapalcatl2MetaSource::read(const TileRequest& tile, SteadyTime deadline) const {
    return read_tile(document_.get(), tile, std::string(tile.format), deadline);
}

std::shared_ptr<const TilesetDescription> Tapalcatl2MetaSource::description() const {
    const auto current = document_->find();
    return current && *current ? (*current)->tileset->description : nullptr;
}

Awaitable<Result<std::shared_ptr<const TilesetDescription>>> Tapalcatl2MetaSource::describe(SteadyTime deadline) const {
    if (auto known = description()) {
        co_return known;
    }
    const auto current = co_await document_->read(deadline);
    if (!current) {
        co_return current.error();
    }
    co_return current->tileset->description;
}

Result<TilePlace> Tapalcatl2MetaSource::locate(const TileRequest& tile) const {
    const auto current = document_->find();
    if (!current) {
        return fail(Errc::unavailable, "{}: it was not read yet", document_->name());
    }
    if (!*current) {
        return current->error();
    }
    auto place = place_of(*(*current)->tileset, tile);
    if (!place) {
        return place.error();
    }
    return std::move(place->place);
}

}  // namespace tapalcatl::source
