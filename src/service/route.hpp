#pragma once

#include "base/error.hpp"
#include "tiles/metatile.hpp"

#include <string>
#include <string_view>
#include <variant>

namespace tapalcatl::service {

/// What a tile belongs to.
enum class TileSet { vector, landcover };

/// A tile as a URL names it: digits that are yet to be checked. Lifetime: views the path.
struct TileRoute {
    std::string_view pixel_size;  ///< empty where the URL has none
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

/// What the preview shows of a tile.
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

/// The route of a decoded path. What is no number where one belongs is no route. Lifetime: views `path`.
Route match(std::string_view path);

/// A tile of the pyramid, checked.
struct TileRequest {
    TileId tile;
    unsigned pixel_size = 256;
    std::string_view format;
};

/// Fails: bad_request for a tile outside of the pyramid of zooms 0 to `max_zoom`, or a pixel size beyond any sense.
Result<TileRequest> check(const TileRoute& route, unsigned max_zoom);

/// The pixel size that a URL names: 256 where it names none or 0. Fails: bad_request.
Result<unsigned> check_pixel_size(std::string_view digits);

}  // namespace tapalcatl::service
