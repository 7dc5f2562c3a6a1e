#pragma once

#include "base/error.hpp"
#include "source/tile_source.hpp"
#include "tiles/metatile.hpp"

#include <string>
#include <string_view>
#include <variant>

namespace tapalcatl::service {

/// What a route says about the tileset: the two of tapalcatl-py have routes of their own.
enum class TileSet { vector, landcover, named };

/// A tile as in a URL: digits, not checked yet. Lifetime: views the path.
struct TileRoute {
    std::string_view pixel_size;  ///< empty if the URL has none
    std::string_view z;
    std::string_view x;
    std::string_view y;
    std::string_view format;
    TileSet set = TileSet::vector;
    std::string_view name{};    ///< of the tileset, with TileSet::named
    std::string_view scale{};   ///< the N in "@Nx", with TileSet::named; empty if the URL has none
    std::string_view prefix{};  ///< replaces that of the tileset's keys; empty if the URL has none
    std::string_view layer{};   ///< likewise
};

/// Whether z, x, y and format are what a tile's path has: digits, however many, and a format.
bool is_tile(const TileRoute& tile);

/// The TileJSON of the vector tiles of tapalcatl-py.
struct TileJsonRoute {
    std::string_view pixel_size;
    std::string_view format;
};

/// "<name>.json" or "<name>@Nx.json". Lifetime: views the path.
struct TilesetJsonRoute {
    std::string_view name;   ///< may be of no tileset
    std::string_view scale;  ///< empty if the URL has none
};

/// The inspection of a tile for the preview.
struct InspectRoute {
    TileRoute tile;
};

/// A file of the preview: "preview.html" or "preview/<name>".
struct AssetRoute {
    std::string name;
};

enum class PageRoute { home, health_check, ready, live, catalog };

struct NoRoute {};

using Route = std::variant<NoRoute, TileRoute, TileJsonRoute, TilesetJsonRoute, InspectRoute, AssetRoute, PageRoute>;

/// Finds the route of a decoded path. Text in place of a number is no route. Lifetime: the result views `path`.
Route match(std::string_view path);

using source::TileRequest;

/// Checks the numbers of a route.
/// Fails: bad_request for a tile outside the pyramid of zooms 0 to `max_zoom`, an absurd pixel size, and a prefix or
/// layer that is not is_key_part().
Result<TileRequest> check(const TileRoute& route, unsigned max_zoom);

/// The pixel size of a URL: 256 if it has none or 0. Fails: bad_request.
Result<unsigned> check_pixel_size(std::string_view digits);

/// The scale of a URL: 1 if it has none. Fails: bad_request.
Result<unsigned> check_scale(std::string_view digits);

}  // namespace tapalcatl::service
