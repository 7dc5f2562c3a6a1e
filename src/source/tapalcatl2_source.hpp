#pragma once

#include "source/archive_source.hpp"
#include "tiles/key_pattern.hpp"
#include "tiles/tapalcatl2.hpp"

namespace tapalcatl::source {

/// The tiles of Tapalcatl 2 archives.
class Tapalcatl2Source final : public ArchiveSource {
 public:
    /// Requires: `archives` is not null.
    Tapalcatl2Source(std::shared_ptr<Archives> archives, Tapalcatl2Scheme scheme, KeyPattern keys,
                     TilesetDescription description = {})
        : ArchiveSource(std::move(archives), std::move(description)),
          scheme_(std::move(scheme)),
          keys_(std::move(keys)) {}

    /// Fails: bad_request for another pixel size than 256 times the scheme's scale; not_found above all materialized
    /// zooms.
    Result<TilePlace> locate(const TileRequest& request) const override;

 protected:
    std::string probed_key() const override;

 private:
    Tapalcatl2Scheme scheme_;
    KeyPattern keys_;
};

}  // namespace tapalcatl::source
