#pragma once

#include "source/tile_headers.hpp"
#include "web/cors.hpp"
#include "web/forwarded.hpp"

#include <atomic>
#include <chrono>
#include <cstddef>
#include <memory>
#include <string>

namespace tapalcatl::service {

/// The maximum zoom of the vector tiles' route, whatever the tile set has.
inline constexpr unsigned max_vector_zoom = 16;

/// What clients and caches are told with the tiles of a tileset.
struct TilesetPolicy {
    std::chrono::seconds max_age{1200};
    std::chrono::seconds shared_max_age{600};  ///< 0: s-maxage is left out
    unsigned missing_tile_status = 404;        ///< or 204: the status for a tile that does not exist
    web::CorsOrigins cors_origins;
    std::shared_ptr<const source::TileHeaders> headers;  ///< of tiles and TileJSON; null: none
};

/// What all tilesets have in common.
struct Options {
    std::string tiles_url_base;  ///< as web::parse_tiles_url_base() returns it
    web::TrustedProxies trusted_proxies;
    bool preview = true;
    std::string preview_api_key;
    web::CorsOrigins cors_origins;    ///< of responses that belong to no tileset
    std::size_t max_requests = 1024;  ///< that wait for the storage at the same time; 503 beyond
    /// How many wait. Services that take each other's place share it, so that the limit counts for all of them.
    std::shared_ptr<std::atomic<std::size_t>> waiting_requests = std::make_shared<std::atomic<std::size_t>>(0);
    std::chrono::milliseconds request_timeout{8'000};
};

}  // namespace tapalcatl::service
