#pragma once

#include "service/options.hpp"
#include "source/archives.hpp"
#include "web/message.hpp"

#include <string>
#include <string_view>

namespace tapalcatl::service {

/// Turns tiles into answers: 200 or 304, gzip or identity, with their headers.
class TileAnswers {
 public:
    explicit TileAnswers(const Options& options);

    /// The answer for a tile that was found. Cost: a gzip answer shares the block's bytes; identity is inflated.
    web::Response found(const source::Found& tile, std::string_view format, const web::Request& request) const;

    /// The answer for a failure. `key` is logged, and never told to the client.
    web::Response failed(const Error& error, std::string key, const web::Request& request) const;

 private:
    std::string cache_control_;
    unsigned missing_tile_status_;
};

}  // namespace tapalcatl::service
