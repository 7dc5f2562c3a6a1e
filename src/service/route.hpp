#pragma once

#include "base/error.hpp"
#include "source/tile_source.hpp"
#include "tiles/metatile.hpp"

#include <string>
#include <string_view>
#include <variant>

namespace tapalcatl::service {

/// The set that a tile belongs to.
enum class TileSet { vector, landcover };

/// A tile as in a URL: digits, not checked yet. Lifetime: views the path.
struct TileRoute {
    std::string_view pixel_size;  ///< empty if the URL has none
    std::string_view z;
    std::string_view x;
    std::string_view y;
    std::string_view format;
    TileSet set = TileSet::vector;
};

struct TileJsonRoute {
    std::string_view pixel_size;
    std::string_view format;
};

/// The inspection of a tile for the preview.
struct InspectRoute {
    TileRoute tile;
};

/// A file of the preview: "preview.html" or "preview/<name>".
struct AssetRoute {
    std::string name;
};

enum class PageRoute { home, health_check, ready, live };

struct NoRoute {};

using Route = std::variant<NoRoute, TileRoute, TileJsonRoute, InspectRoute, AssetRoute, PageRoute>;

/// Finds the route of a decoded path. Text in place of a number is no route. Lifetime: the result views `path`.
Route match(std::string_view path);

using source::TileRequest;

/// Checks the numbers of a route.
/// Fails: bad_request for a tile outside the pyramid of zooms 0 to `max_zoom`, or an absurd pixel size.
Result<TileRequest> check(const TileRoute& route, unsigned max_zoom);

/// The pixel size of a URL: 256 if it has none or 0. Fails: bad_request.
Result<unsigned> check_pixel_size(std::string_view digits);

}  // namespace tapalcatl::service
