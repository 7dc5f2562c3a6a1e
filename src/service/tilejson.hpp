#pragma once

#include "service/options.hpp"
#include "web/message.hpp"

#include <cstdint>
#include <string_view>

namespace tapalcatl::service {

/// The TileJSON 3.0.0 document of a tile set, for one format and pixel size.
/// `pixel_size` goes into the tile URLs; 0 leaves it out.
/// Fails (400): a format other than mvt, mvtb, json, topojson; a request without a valid host.
web::Response tilejson(const Options& options, std::uint64_t pixel_size, std::string_view format,
                       const web::Request& request);

}  // namespace tapalcatl::service
