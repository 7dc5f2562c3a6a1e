#pragma once

#include "service/options.hpp"
#include "web/message.hpp"

#include <string>
#include <string_view>

namespace tapalcatl::service {

/// TileJSON 3.0.0 of a tile set, for one format and pixel size.
///
/// `pixel_size` is as the URL had it, and goes into the tile URLs; empty where it had none.
/// Fails (400): a format that is none of mvt, mvtb, json, topojson; a request whose host makes no sense.
web::Response tilejson(const Options& options, std::string_view pixel_size, std::string_view format,
                       const web::Request& request);

}  // namespace tapalcatl::service
