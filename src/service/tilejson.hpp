#pragma once

#include "service/options.hpp"
#include "service/tilesets.hpp"
#include "source/tileset_description.hpp"
#include "web/message.hpp"

#include <cstdint>
#include <string_view>

/// The documents that describe tilesets.
namespace tapalcatl::service {

/// The TileJSON 3.0.0 document of the vector tile routes of tapalcatl-py, for one format and pixel size.
/// `pixel_size` goes into the tile URLs; 0 leaves it out.
/// Fails (400): a format other than mvt, mvtb, json, topojson; a request without a valid host.
web::Response tilejson(const Tileset& tileset, const source::TilesetDescription& description, const Options& options,
                       std::uint64_t pixel_size, std::string_view format, const web::Request& request);

/// The TileJSON 3.0.0 document of a tileset, for its default format and one scale. `scale` is that of the URL; empty:
/// 2 for vector tiles, whose clients draw tiles of 512 pixels, as far as the tileset has that, else its first.
/// Fails: 404 for a scale that the tileset does not have; 400 for a malformed one, and for a request without a valid
/// host.
web::Response tileset_json(const Tileset& tileset, const source::TilesetDescription& description,
                           std::string_view scale, const Options& options, const web::Request& request);

/// The list of all tilesets: name, TileJSON, and what is known of each without waiting.
/// Fails (400): a request without a valid host.
web::Response catalog(const Tilesets& tilesets, const Options& options, const web::Request& request);

}  // namespace tapalcatl::service
