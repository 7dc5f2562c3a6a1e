#pragma once

#include "service/options.hpp"
#include "web/message.hpp"

#include <cstdint>
#include <string_view>

namespace tapalcatl::service {

/// TileJSON 3.0.0 of a tile set, for one format and pixel size.
///
/// `pixel_size` goes into the tile URLs; 0 where these shall have none.
/// Fails (400): a format that is none of mvt, mvtb, json, topojson; a request whose host makes no sense.
web::Response tilejson(const Options& options, std::uint64_t pixel_size, std::string_view format,
                       const web::Request& request);

}  // namespace tapalcatl::service
