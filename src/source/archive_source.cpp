#include "source/archive_source.hpp"

#include <utility>

namespace tapalcatl::source {
namespace {

Result<Tile> result_of(const Result<Found>& found) {
    if (!found) {
        return found.error();
    }
    return tile_of(*found);
}

Awaitable<Result<Tile>> refused(Error error) {
    co_return error;
}

Awaitable<Result<Tile>> read_entry(Archives* archives, TilePlace place, SteadyTime deadline) {
    const auto found = co_await archives->read(place.key, place.entry, deadline);
    co_return result_of(found);
}

}  // namespace

Tile tile_of(const Found& found) {
    const auto& block = *found.block;
    const auto& archive = *block.archive;
    return Tile{SharedBytes(found.block, block.bytes),
                block.form == Block::Form::gzip ? Encoding::gzip : Encoding::identity,
                {block.crc32, block.size},
                archive.last_modified(),
                {},
                found.hit,
                found.stale,
                {archive.key(), &archive.version(), block.compressed_size, block.method},
                &block.charge.budget(),
                found.stale ? nullptr : &block,
                block.headers.get()};
}

std::optional<Result<Tile>> ArchiveSource::find(const TileRequest& tile) const {
    const auto place = locate(tile);
    if (!place) {
        return Result<Tile>(place.error());
    }
    const auto found = archives_->find(place->key, place->entry);
    if (!found) {
        return std::nullopt;
    }
    return result_of(*found);
}

Awaitable<Result<Tile>> ArchiveSource::read(const TileRequest& tile, SteadyTime deadline) const {
    auto place = locate(tile);
    if (!place) {
        return refused(place.error());
    }
    return read_entry(archives_.get(), std::move(*place), deadline);
}

Awaitable<Result<void>> ArchiveSource::probe(SteadyTime deadline) const {
    const auto key = probed_key();
    const auto version = co_await archives_->probe(key, deadline);
    if (!version && version.error().code != Errc::not_found) {
        co_return version.error();
    }
    co_return Result<void>();
}

Awaitable<Result<std::shared_ptr<const TilesetDescription>>> ArchiveSource::describe(SteadyTime /*deadline*/) const {
    co_return description_;
}

SourceInfo ArchiveSource::info() const {
    return {archives_->storage().name(), "zip"};
}

}  // namespace tapalcatl::source
