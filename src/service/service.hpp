#pragma once

#include "base/clock.hpp"
#include "service/handler.hpp"
#include "service/health.hpp"
#include "service/options.hpp"
#include "service/pages.hpp"
#include "service/route.hpp"
#include "service/tilesets.hpp"
#include "source/tile_source.hpp"
#include "web/message.hpp"

#include <atomic>
#include <memory>
#include <optional>

namespace tapalcatl::service {

/// The description of a tileset, never null.
using Description = std::shared_ptr<const source::TilesetDescription>;

/// Answers all routes, for any front end. If it is owned by a shared pointer, the coroutines of answer() keep it.
class Service final : public Handler, public std::enable_shared_from_this<Service> {
 public:
    /// Requires: `tilesets` is not null. Lifetime: `clock` outlives this.
    Service(std::shared_ptr<const Tilesets> tilesets, const Clock& clock, Options options);

    std::optional<web::Response> answer_at_once(const web::Request& request) override;
    Awaitable<web::Response> answer(web::Request request) override;
    web::Response refuse(const web::Request& request) override;
    void begin_drain() override { draining_.store(true, std::memory_order_relaxed); }

 private:
    enum class Wanted { nothing, tile, inspection, tileset_json, health_check };

    /// The result of parsing a request: a response, or what has to be looked for.
    struct ParsedRequest {
        std::optional<web::Response> response;
        Wanted wanted = Wanted::nothing;
        TileRequest tile;
        bool is_named = false;                      ///< the tile is in the bounds and zooms of the tileset, or missing
        std::string_view scale;                     ///< of a TileJSON
        const Tilesets::Served* tileset = nullptr;  ///< of the tile or the TileJSON
    };

    // Responses for all origins, which for_origins() limits.
    std::optional<web::Response> known_response(ParsedRequest& parsed, const web::Request& request) const;
    Awaitable<web::Response> waited_response(ParsedRequest parsed, web::Request request);
    static web::Response overloaded(bool is_inspection, const web::Request& request);

    /// Lets only the origins of the tileset read the response; null: those of the server.
    web::Response for_origins(const Tilesets::Served* tileset, const web::Request& request,
                              web::Response response) const;
    ParsedRequest parse_request(const web::Request& request, std::string& buffer);
    const Tilesets::Served* tileset_of(const Route& route) const;
    void parse_tile(ParsedRequest& parsed, const TileRoute& route, const web::Request& request) const;
    web::Response tilejson_response(const TileJsonRoute& route, const web::Request& request) const;
    std::optional<web::Response> page_response(PageRoute page, const web::Request& request);
    web::Response tile_response(const ParsedRequest& parsed, const Result<source::Tile>& found,
                                const web::Request& request) const;
    web::Response described(const ParsedRequest& parsed, const Result<Description>& description,
                            const web::Request& request) const;

    std::shared_ptr<const Tilesets> tilesets_;
    Options options_;
    Pages pages_;
    Health health_;
    std::atomic<bool> draining_{false};
};

}  // namespace tapalcatl::service
