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

/// Far beyond any tileset, and within what coordinates can tell.
constexpr unsigned deepest_zoom = 30;

web::Response no_route(const web::Request& request) {
    return web::failure(404, "No such page", request);
}

/// The same request, from a program: it reads errors as JSON.
web::Request accepting_json(web::Request request) {
    request[web::Field::accept] = "application/json";
    return request;
}

/// A tileset that does not tell what it is: a fault of the server, whatever the storage said.
Error cannot_describe(Error error) {
    const bool is_missing = error.code == Errc::not_found || error.code == Errc::no_tile;
    error.code = is_missing ? Errc::unavailable : error.code;
    return server_fault(std::move(error));
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

Service::Service(std::shared_ptr<const Tilesets> tilesets, const Clock& clock, Options options)
    : tilesets_(std::move(tilesets)), options_(std::move(options)), pages_(options_, *tilesets_), health_(clock) {}

std::optional<web::Response> Service::answer_at_once(const web::Request& request) {
    std::string buffer;
    auto parsed = parse_request(request, buffer);
    auto response = known_response(parsed, request);
    if (response) {
        response = for_origins(parsed.tileset, request, std::move(*response));
    }
    return response;
}

std::optional<web::Response> Service::known_response(ParsedRequest& parsed, const web::Request& request) const {
    if (parsed.response) {
        return std::move(parsed.response);
    }
    if (parsed.wanted == Wanted::health_check) {
        return std::nullopt;
    }
    const auto& source = *parsed.tileset->tileset.source;
    if (parsed.is_named) {
        const auto description = source.description();
        if (description == nullptr) {
            return std::nullopt;
        }
        if (parsed.wanted == Wanted::tileset_json) {
            return described(parsed, description, request);
        }
        if (const auto may_exist = description->check(parsed.tile.tile, parsed.tile.pixel_size); !may_exist) {
            return tile_response(parsed, may_exist.error(), request);
        }
    }
    const auto found = source.find(parsed.tile);
    if (!found) {
        return std::nullopt;
    }
    return tile_response(parsed, *found, request);
}

Awaitable<web::Response> Service::answer(web::Request request) {
    [[maybe_unused]] const auto self = weak_from_this().lock();
    std::string buffer;
    auto parsed = parse_request(request, buffer);
    auto response = std::move(parsed.response);
    if (!response) {
        response = co_await waited_response(parsed, request);
    }
    co_return for_origins(parsed.tileset, request, std::move(*response));
}

Awaitable<web::Response> Service::waited_response(ParsedRequest parsed, web::Request request) {
    if (parsed.wanted == Wanted::health_check) {
        auto sources = tilesets_->source_of_each_storage();
        auto checked = co_await health_.check(std::move(sources), request.deadline);
        co_return checked;
    }
    const auto& source = *parsed.tileset->tileset.source;
    const Counted counted(*options_.waiting_requests);
    if (counted.before() >= options_.max_requests) {
        co_return overloaded(parsed.wanted == Wanted::inspection, request);
    }
    const auto deadline = std::min(std::chrono::steady_clock::now() + options_.request_timeout, request.deadline);
    if (parsed.is_named) {
        auto description = co_await source.describe(deadline);
        if (!description) {
            description = cannot_describe(description.error());
        }
        if (!description || parsed.wanted == Wanted::tileset_json) {
            co_return described(parsed, description, request);
        }
        if (const auto may_exist = (*description)->check(parsed.tile.tile, parsed.tile.pixel_size); !may_exist) {
            co_return tile_response(parsed, may_exist.error(), request);
        }
    }
    const auto place = source.locate(parsed.tile);
    if (!place) {
        co_return tile_response(parsed, place.error(), request);
    }
    auto found = co_await source.read(parsed.tile, deadline);
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
        return for_origins(nullptr, request, std::move(*parsed.response));
    }
    const bool is_inspection = options_.preview && std::holds_alternative<InspectRoute>(route);
    return for_origins(tileset_of(route), request, overloaded(is_inspection, request));
}

web::Response Service::overloaded(bool is_inspection, const web::Request& request) {
    const auto error = fail(Errc::overloaded, "more requests or connections than the limits allow");
    log_server_error(error, request);
    return web::failure(error, is_inspection ? accepting_json(request) : request);
}

web::Response Service::for_origins(const Tilesets::Served* tileset, const web::Request& request,
                                   web::Response response) const {
    const auto& origins = tileset != nullptr ? tileset->tileset.policy.cors_origins : options_.cors_origins;
    if (!origins.are_all()) {
        web::limit_to_origins(response, origins, request[web::Field::origin]);
    }
    return response;
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
    auto route = match(target->path);
    const auto* asset = std::get_if<AssetRoute>(&route);
    auto asset_response = asset != nullptr ? pages_.asset(asset->name, request) : std::nullopt;
    const auto* page = std::get_if<PageRoute>(&route);
    parsed.tileset = tileset_of(route);
    bool exists = asset != nullptr ? asset_response.has_value() : page != nullptr || parsed.tileset != nullptr;
    if (!exists) {
        if (const auto taken = tilesets_->match_patterns(target->path)) {
            route = taken->tile;
            asset = nullptr;
            parsed.tileset = taken->tileset;
            exists = true;
        }
    }
    if (!exists) {
        parsed.response = no_route(request);
    } else if (request.method == web::Method::options) {
        parsed.response = web::preflight(request);
    } else if (request.method == web::Method::other) {
        parsed.response = web::method_not_allowed(request);
    } else if (const auto* tile = std::get_if<TileRoute>(&route)) {
        parsed.wanted = Wanted::tile;
        parse_tile(parsed, *tile, request);
    } else if (const auto* inspect = std::get_if<InspectRoute>(&route)) {
        parsed.wanted = Wanted::inspection;
        parse_tile(parsed, inspect->tile, accepting_json(request));
    } else if (const auto* tilejson_route = std::get_if<TileJsonRoute>(&route)) {
        parsed.response = tilejson_response(*tilejson_route, request);
    } else if (const auto* tileset_route = std::get_if<TilesetJsonRoute>(&route)) {
        parsed.wanted = Wanted::tileset_json;
        parsed.is_named = true;
        parsed.scale = tileset_route->scale;
    } else if (asset != nullptr) {
        parsed.response = std::move(asset_response);
    } else {
        parsed.response = page_response(*page, request);
        parsed.wanted = Wanted::health_check;
    }
    return parsed;
}

const Tilesets::Served* Service::tileset_of(const Route& route) const {
    if (const auto* tileset_route = std::get_if<TilesetJsonRoute>(&route)) {
        return tilesets_->find(tileset_route->name);
    }
    if (std::holds_alternative<TileJsonRoute>(route)) {
        return tilesets_->vector();
    }
    const auto* inspect = std::get_if<InspectRoute>(&route);
    if (inspect != nullptr && !options_.preview) {
        return nullptr;
    }
    const auto* tile = inspect != nullptr ? &inspect->tile : std::get_if<TileRoute>(&route);
    if (tile == nullptr) {
        return nullptr;
    }
    switch (tile->set) {
        case TileSet::vector:
            return tilesets_->vector();
        case TileSet::landcover:
            return tilesets_->landcover();
        case TileSet::named:
            break;
    }
    return tilesets_->find(tile->name);
}

void Service::parse_tile(ParsedRequest& parsed, const TileRoute& route, const web::Request& request) const {
    const auto max_zoom = route.set == TileSet::landcover ? tilesets_->landcover_max_zoom()
                          : route.set == TileSet::vector  ? max_vector_zoom
                                                          : deepest_zoom;
    const auto tile = check(route, max_zoom);
    if (!tile) {
        parsed.response = web::failure(tile.error(), request);
        return;
    }
    parsed.is_named = route.set == TileSet::named;
    parsed.tile = *tile;
}

web::Response Service::tilejson_response(const TileJsonRoute& route, const web::Request& request) const {
    const auto pixel_size = check_pixel_size(route.pixel_size);
    if (!pixel_size) {
        return web::failure(pixel_size.error(), request);
    }
    // Tile URLs that are refused must not be given out.
    const auto& source = *tilesets_->vector()->tileset.source;
    const auto place = source.locate({TileId{0, 0, 0}, *pixel_size, route.format});
    if (!place) {
        return web::failure(place.error(), request);
    }
    const auto named_size = parse_number(route.pixel_size).value_or(0);
    return tilejson(tilesets_->vector()->tileset, *source.description(), options_, named_size, route.format, request);
}

std::optional<web::Response> Service::page_response(PageRoute page, const web::Request& request) {
    switch (page) {
        case PageRoute::home:
            return pages_.home(*tilesets_, request);
        case PageRoute::catalog:
            return catalog(*tilesets_, options_, request);
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

web::Response Service::described(const ParsedRequest& parsed, const Result<Description>& description,
                                 const web::Request& request) const {
    if (!description) {
        log_server_error(description.error(), request);
        return parsed.tileset->responses.failed(description.error(), {}, request);
    }
    return tileset_json(parsed.tileset->tileset, **description, parsed.scale, options_, request);
}

web::Response Service::tile_response(const ParsedRequest& parsed, const Result<source::Tile>& found,
                                     const web::Request& request) const {
    const auto& [tileset, responses] = *parsed.tileset;
    const bool is_inspection = parsed.wanted == Wanted::inspection;
    if (found && !is_inspection) {
        return responses.found(*found, parsed.tile.format, request);
    }
    if (!found) {
        log_server_error(found.error(), request);
    }
    auto place = tileset.source->locate(parsed.tile);
    if (is_inspection) {
        return place ? responses.inspected(parsed.tile, *place, found)
                     : responses.failed(place.error(), {}, accepting_json(request));
    }
    return responses.failed(found.error(), place ? std::move(place->key) : std::string(), request);
}

}  // namespace tapalcatl::service
