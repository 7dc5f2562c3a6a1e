#pragma once

#include "source/tapalcatl2_document.hpp"
#include "source/tile_source.hpp"

#include <memory>
#include <optional>
#include <string>
#include <utility>

namespace tapalcatl::source {

/// The tiles of a Tapalcatl 2 tileset, as its meta.json says. See Tapalcatl2Document for when that is read.
///
/// Tiles that the meta.json rules out (zoom, bounds, scale, format) are missing without a read. Headers of the
/// meta.json are sent with each tile, under those that its archive and entry have in their comments: the archives
/// should be opened with ZipComments::headers.
class Tapalcatl2MetaSource final : public TileSource {
 public:
    /// As Tapalcatl2Document's.
    Tapalcatl2MetaSource(std::shared_ptr<Archives> beside, std::string key, std::string url,
                         Tapalcatl2Document::OpenArchives open)
        : document_(std::make_shared<Tapalcatl2Document>(std::move(beside), std::move(key), std::move(url),
                                                         std::move(open))) {}

    /// Fails, beside what TileSource says: as Tapalcatl2Document::read(), whatever tile is asked for.
    std::optional<Result<Tile>> find(const TileRequest& tile) const override;
    Awaitable<Result<Tile>> read(const TileRequest& tile, SteadyTime deadline) const override;
    Awaitable<Result<void>> probe(SteadyTime deadline) const override { return document_->probe(deadline); }
    Awaitable<bool> settle(SteadyTime deadline) const override { return document_->settle(deadline); }
    SourceInfo info() const override { return {document_->name(), "zip"}; }
    std::shared_ptr<const TilesetDescription> description() const override;
    Awaitable<Result<std::shared_ptr<const TilesetDescription>>> describe(SteadyTime deadline) const override;

    /// Fails: no_tile for what the meta.json rules out; unavailable as long as it was not read.
    Result<TilePlace> locate(const TileRequest& tile) const override;

 private:
    std::shared_ptr<Tapalcatl2Document> document_;
};

}  // namespace tapalcatl::source
