#pragma once

#include "base/error.hpp"
#include "service/options.hpp"
#include "service/route.hpp"
#include "source/tile_source.hpp"
#include "web/message.hpp"

#include <chrono>
#include <memory>
#include <string>
#include <string_view>

/// Responses that are made here: tiles, texts, states of the server, the inspection of a tile.
namespace tapalcatl::service {

/// The response for a text that was made in memory: 200, or 304 if the client has the same text. It has an ETag,
/// Cache-Control and the CORS headers, and `headers` over them, which may be null.
web::Response text_response(std::string text, std::string_view content_type, std::chrono::seconds max_age,
                            const web::Request& request, const source::TileHeaders* headers = nullptr);

/// A short text about the state of the server. No cache may store it.
web::Response state_response(unsigned status, std::string_view text);

/// The error of a read, as a client has to see it. Whatever a storage or the configuration causes is a fault of the
/// server: usage and bad_request from below the service become unavailable. The message stays as it is, for the log.
Error server_fault(Error error);

/// Makes the responses for tiles: 200 or 304, gzip or identity, with their headers.
class TileResponses {
 public:
    explicit TileResponses(const TilesetPolicy& policy);

    /// The response for a tile that was found. Cost: a gzip response shares the bytes of the tile; an identity
    /// response inflates them.
    web::Response found(const source::Tile& tile, std::string_view format, const web::Request& request) const;

    /// The response for a failure. `key` goes to the access log and never to the client.
    web::Response failed(const Error& error, std::string key, const web::Request& request) const;

    /// What the preview shows about a tile: where it is stored, and what is known about it. The body is JSON.
    web::Response inspected(const TileRequest& tile, const source::TilePlace& place,
                            const Result<source::Tile>& found) const;

 private:
    std::string cache_control_;
    unsigned missing_tile_status_;
    std::shared_ptr<const source::TileHeaders> headers_;  ///< of the tileset; null: none
};

}  // namespace tapalcatl::service
