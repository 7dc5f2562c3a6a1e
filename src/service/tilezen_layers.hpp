#pragma once

#include <boost/json/array.hpp>

namespace tapalcatl::service {

/// The layers of Tilezen's vector tiles (schema v1.6) with tiles from `min_zoom` to `max_zoom`, as `vector_layers` of
/// TileJSON 3.0.0 (section 3.3) lists them.
boost::json::array tilezen_layers(unsigned min_zoom, unsigned max_zoom);

}  // namespace tapalcatl::service
