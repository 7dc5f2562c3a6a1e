#include "service/service.hpp"

#include "base/log.hpp"
#include "base/text.hpp"
#include "service/responses.hpp"
#include "service/tilejson.hpp"
#include "web/responses.hpp"
#include "web/target.hpp"

#include <algorithm>
#include <chrono>
#include <string>
#include <utility>

namespace tapalcatl::service {
namespace {

class Counted {
 public:
    explicit Counted(std::atomic<std::size_t>& count)
        : count_(count), before_(count.fetch_add(1, std::memory_order_relaxed)) {}
    Counted(const Counted&) = delete;
    Counted& operator=(const Counted&) = delete;
    ~Counted() { count_.fetch_sub(1, std::memory_order_relaxed); }

    /// How many there were before this one.
    std::size_t before() const { return before_; }

 private:
    std::atomic<std::size_t>& count_;
    std::size_t before_;
};

web::Response no_route(const web::Request& request) {
    return web::failure(404, "No such page", request);
}

/// The same request, from a program: it reads errors as JSON.
web::Request accepting_json(web::Request request) {
    request[web::Field::accept] = "application/json";
    return request;
}

void log_server_error(const Error& error, const web::Request& request) {
    const auto status = web::status_of(error.code);
    if (status < 500) {
        return;
    }
    const auto path = printable(request.target.substr(0, request.target.find('?')));
    log::limited(log::Level::error, name_of(error.code), "{} {}: {}", status, path, error.message);
}

}  // namespace

Service::Service(TileSources sources, const Clock& clock, Options options)
    : sources_(sources),
      options_(std::move(options)),
      tile_responses_(options_),
      pages_(options_),
      health_(sources.vector, clock) {}

std::optional<web::Response> Service::answer_at_once(const web::Request& request) {
    std::string buffer;
    auto parsed = parse_request(request, buffer);
    if (parsed.response) {
        return std::move(parsed.response);
    }
    if (parsed.is_health_check) {
        return std::nullopt;
    }
    const auto found = parsed.source->find(parsed.tile);
    if (!found) {
        return std::nullopt;
    }
    return tile_response(parsed, *found, request);
}

Awaitable<web::Response> Service::answer(web::Request request) {
    std::string buffer;
    auto parsed = parse_request(request, buffer);
    if (parsed.response) {
        co_return std::move(*parsed.response);
    }
    if (parsed.is_health_check) {
        auto checked = co_await health_.check(request.deadline);
        co_return checked;
    }
    const auto place = parsed.source->locate(parsed.tile);
    if (!place) {
        co_return tile_response(parsed, place.error(), request);
    }
    const Counted counted(waiting_requests_);
    if (counted.before() >= options_.max_requests) {
        co_return refuse(request);
    }
    const auto deadline = std::min(std::chrono::steady_clock::now() + options_.request_timeout, request.deadline);
    auto found = co_await parsed.source->read(parsed.tile, deadline);
    if (!found) {
        found = server_fault(found.error());
    }
    co_return tile_response(parsed, found, request);
}

web::Response Service::refuse(const web::Request& request) {
    std::string buffer;
    const auto target = web::parse_target(request.target, buffer);
    const auto route = target ? match(target->path) : Route(NoRoute{});
    const auto* page = std::get_if<PageRoute>(&route);
    if (page != nullptr && (*page == PageRoute::live || *page == PageRoute::ready)) {
        auto parsed = parse_request(request, buffer);
        return std::move(*parsed.response);
    }
    const auto error = fail(Errc::overloaded, "more requests or connections than the limits allow");
    log_server_error(error, request);
    return web::failure(
        error, options_.preview && std::holds_alternative<InspectRoute>(route) ? accepting_json(request) : request);
}

Service::ParsedRequest Service::parse_request(const web::Request& request, std::string& buffer) {
    ParsedRequest parsed;
    const auto target = web::parse_target(request.target, buffer);
    if (!target) {
        parsed.response = web::failure(target.error(), request);
        return parsed;
    }
    if (target->path == "*" && request.method == web::Method::options) {
        parsed.response = web::preflight(request);
        return parsed;
    }
    const auto route = match(target->path);
    const auto* asset = std::get_if<AssetRoute>(&route);
    auto asset_response = asset != nullptr ? pages_.asset(asset->name, request) : std::nullopt;
    const auto* tile = std::get_if<TileRoute>(&route);
    const bool hidden = (!options_.preview && std::holds_alternative<InspectRoute>(route)) ||
                        (tile != nullptr && source_for(tile->set) == nullptr);
    if (std::holds_alternative<NoRoute>(route) || (asset != nullptr && !asset_response) || hidden) {
        parsed.response = no_route(request);
    } else if (request.method == web::Method::options) {
        parsed.response = web::preflight(request);
    } else if (request.method == web::Method::other) {
        parsed.response = web::method_not_allowed(request);
    } else if (tile != nullptr) {
        parse_tile(parsed, *tile, request);
    } else if (const auto* inspect = std::get_if<InspectRoute>(&route)) {
        parsed.is_inspection = true;
        parse_tile(parsed, inspect->tile, accepting_json(request));
    } else if (const auto* tilejson_route = std::get_if<TileJsonRoute>(&route)) {
        parsed.response = tilejson_response(*tilejson_route, request);
    } else if (asset != nullptr) {
        parsed.response = std::move(asset_response);
    } else {
        parsed.response = page_response(std::get<PageRoute>(route), request);
        parsed.is_health_check = !parsed.response;
    }
    return parsed;
}

const source::TileSource* Service::source_for(TileSet set) const {
    return set == TileSet::landcover ? sources_.landcover : &sources_.vector;
}

void Service::parse_tile(ParsedRequest& parsed, const TileRoute& route, const web::Request& request) const {
    const auto max_zoom = route.set == TileSet::landcover ? options_.landcover_max_zoom : max_vector_zoom;
    const auto tile = check(route, max_zoom);
    if (!tile) {
        parsed.response = web::failure(tile.error(), request);
        return;
    }
    parsed.source = source_for(route.set);
    parsed.tile = *tile;
}

web::Response Service::tilejson_response(const TileJsonRoute& route, const web::Request& request) const {
    const auto pixel_size = check_pixel_size(route.pixel_size);
    if (!pixel_size) {
        return web::failure(pixel_size.error(), request);
    }
    // Tile URLs that are refused must not be given out.
    const auto place = sources_.vector.locate({TileId{0, 0, 0}, *pixel_size, route.format});
    if (!place) {
        return web::failure(place.error(), request);
    }
    const auto named_size = parse_number(route.pixel_size).value_or(0);
    return tilejson(options_, named_size, route.format, request);
}

std::optional<web::Response> Service::page_response(PageRoute page, const web::Request& request) {
    switch (page) {
        case PageRoute::home:
            return pages_.home(request);
        case PageRoute::live:
            return state_response(200, "OK");
        case PageRoute::ready:
            return draining_.load(std::memory_order_relaxed) ? state_response(503, "draining")
                                                             : state_response(200, "OK");
        case PageRoute::health_check:
            break;
    }
    return health_.cached();
}

web::Response Service::tile_response(const ParsedRequest& parsed, const Result<source::Tile>& found,
                                     const web::Request& request) const {
    if (found && !parsed.is_inspection) {
        return tile_responses_.found(*found, parsed.tile.format, request);
    }
    if (!found) {
        log_server_error(found.error(), request);
    }
    auto place = parsed.source->locate(parsed.tile);
    if (!place) {
        return tile_responses_.failed(place.error(), {}, parsed.is_inspection ? accepting_json(request) : request);
    }
    if (parsed.is_inspection) {
        return inspection_response(parsed.tile, *place, found);
    }
    return tile_responses_.failed(found.error(), std::move(place->key), request);
}

}  // namespace tapalcatl::service
