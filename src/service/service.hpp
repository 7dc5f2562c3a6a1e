#pragma once

#include "base/clock.hpp"
#include "service/handler.hpp"
#include "service/health.hpp"
#include "service/options.hpp"
#include "service/pages.hpp"
#include "service/responses.hpp"
#include "service/route.hpp"
#include "source/tile_source.hpp"
#include "web/message.hpp"

#include <atomic>
#include <memory>
#include <optional>

namespace tapalcatl::service {

/// The tile sets that are served. Lifetime: the sources outlive the service.
struct TileSources {
    const source::TileSource& vector;               ///< used for health, TileJSON and preview
    const source::TileSource* landcover = nullptr;  ///< null: the route does not exist
};

/// Answers all routes, for any front end.
class Service final : public Handler {
 public:
    /// Lifetime: `clock` outlives this.
    Service(TileSources sources, const Clock& clock, Options options);

    std::optional<web::Response> answer_at_once(const web::Request& request) override;
    Awaitable<web::Response> answer(web::Request request) override;
    web::Response refuse(const web::Request& request) override;
    void begin_drain() override { draining_.store(true, std::memory_order_relaxed); }

 private:
    /// The result of parsing a request: a response, or the tile to be read.
    struct ParsedRequest {
        std::optional<web::Response> response;
        TileRequest tile;
        const source::TileSource* source = nullptr;
        bool is_inspection = false;
        bool is_health_check = false;
    };

    ParsedRequest parse_request(const web::Request& request, std::string& buffer);
    const source::TileSource* source_for(TileSet set) const;
    void parse_tile(ParsedRequest& parsed, const TileRoute& route, const web::Request& request) const;
    web::Response tilejson_response(const TileJsonRoute& route, const web::Request& request) const;
    std::optional<web::Response> page_response(PageRoute page, const web::Request& request);
    web::Response tile_response(const ParsedRequest& parsed, const Result<source::Tile>& found,
                                const web::Request& request) const;

    TileSources sources_;
    Options options_;
    TileResponses tile_responses_;
    Pages pages_;
    Health health_;
    std::atomic<std::size_t> waiting_requests_{0};
    std::atomic<bool> draining_{false};
};

}  // namespace tapalcatl::service
