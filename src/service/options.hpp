#pragma once

#include "web/forwarded.hpp"

#include <array>
#include <chrono>
#include <cstdint>
#include <string>

namespace tapalcatl::service {

/// The maximum zoom of the vector tiles' route, whatever the tile set has.
inline constexpr unsigned max_vector_zoom = 16;

/// Properties of a tile set for TileJSON. Coordinates are degrees of longitude and latitude.
struct TileSetInfo {
    std::string name;
    std::string attribution;         ///< HTML
    std::array<double, 4> bounds{};  ///< west, south, east, north
    double center_longitude = 0;
    double center_latitude = 0;
    unsigned center_zoom = 0;
    unsigned min_zoom = 0;
    unsigned max_zoom = 16;
};

struct Options {
    TileSetInfo info;
    std::chrono::seconds max_age{1200};
    std::chrono::seconds shared_max_age{600};  ///< 0: s-maxage is left out
    unsigned missing_tile_status = 404;        ///< or 204: the status for a tile that does not exist
    std::string tiles_url_base;                ///< as web::parse_tiles_url_base() returns it
    web::TrustedProxies trusted_proxies;
    unsigned landcover_max_zoom = 12;  ///< of the land cover's route, if it is served
    bool preview = true;
    std::string preview_api_key;
    std::size_t max_requests = 1024;  ///< that wait for the storage at the same time; 503 beyond
    std::chrono::milliseconds request_timeout{8'000};
};

}  // namespace tapalcatl::service
