#pragma once

#include "base/error.hpp"
#include "service/route.hpp"
#include "source/tile_source.hpp"
#include "web/message.hpp"

#include <optional>

namespace tapalcatl::service {

/// What the preview shows of a tile: where it is kept, and what is known of it. JSON.
web::Response inspection(const TileRequest& tile, const source::TilePlace& place, const Result<source::Found>& found,
                         const web::Request& request);

}  // namespace tapalcatl::service
