#pragma once

#include "base/error.hpp"
#include "source/tile_headers.hpp"
#include "source/tileset_description.hpp"
#include "tiles/archive_template.hpp"
#include "tiles/tapalcatl2.hpp"

#include <cstddef>
#include <memory>
#include <string_view>
#include <vector>

namespace tapalcatl::source {

/// Longer documents are refused.
inline constexpr std::size_t max_meta_size = 256 * 1024;

/// A Tapalcatl 2 tileset, as its meta.json describes it.
struct Tapalcatl2Meta {
    TilesetDescription description;
    Tapalcatl2Scheme scheme;  ///< its tile_scale has no meaning here: description.scales has them
    ArchivePlace archives;
    /// For each of description.formats, what its tiles are sent with.
    std::vector<std::shared_ptr<const TileHeaders>> headers;
};

/// Reads a meta.json, see docs/tapalcatl2.md. `url`: its own, which a relative "source" is resolved against.
///
/// Fails: corrupt if it is no JSON object, or has members with impossible values: the message has each of them, with
/// what was found and what is expected; too_large over max_meta_size.
Result<Tapalcatl2Meta> parse_tapalcatl2_meta(std::string_view text, std::string_view url);

}  // namespace tapalcatl::source
