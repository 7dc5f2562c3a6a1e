#include "service/service.hpp"

#include "base/log.hpp"
#include "base/text.hpp"
#include "service/inspect.hpp"
#include "service/text_answer.hpp"
#include "service/tilejson.hpp"
#include "web/cors.hpp"
#include "web/failure.hpp"
#include "web/target.hpp"

#include <chrono>
#include <string>
#include <utility>

namespace tapalcatl::service {
namespace {

/// Zooms of the vector tiles' route, whatever the tile set has.
constexpr unsigned max_vector_zoom = 16;

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
web::Request as_program(web::Request request) {
    request[web::Field::accept] = "application/json";
    return request;
}

bool is_inspection(const web::Request& request) {
    std::string buffer;
    const auto target = web::parse_target(request.target, buffer);
    return target && std::holds_alternative<InspectRoute>(match(target->path));
}

void report(const Error& error, const web::Request& request) {
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
      answers_(options_),
      pages_(options_),
      health_(sources.vector, clock) {}

std::optional<web::Response> Service::answer_at_once(const web::Request& request) {
    std::string buffer;
    auto wanted = understand(request, buffer);
    if (wanted.response) {
        return std::move(wanted.response);
    }
    if (wanted.looks_at_health) {
        return std::nullopt;
    }
    const auto found = wanted.source->find(wanted.place);
    if (!found) {
        return std::nullopt;
    }
    return conclude(std::move(wanted), *found, request);
}

Awaitable<web::Response> Service::answer(web::Request request) {
    std::string buffer;
    auto wanted = understand(request, buffer);
    if (wanted.response) {
        co_return std::move(*wanted.response);
    }
    if (wanted.looks_at_health) {
        auto looked = co_await health_.look();
        co_return looked;
    }
    const Counted counted(waiting_);
    if (counted.before() >= options_.max_requests) {
        co_return refuse(request);
    }
    const auto deadline = std::chrono::steady_clock::now() + options_.request_timeout;
    const auto found = co_await wanted.source->read(wanted.place, deadline);
    co_return conclude(std::move(wanted), found, request);
}

web::Response Service::refuse(const web::Request& request) {
    const auto error = fail(Errc::overloaded, "more requests or connections than the limits allow");
    report(error, request);
    return web::failure(error, options_.preview && is_inspection(request) ? as_program(request) : request);
}

Service::Wanted Service::understand(const web::Request& request, std::string& buffer) {
    Wanted wanted;
    const auto target = web::parse_target(request.target, buffer);
    if (!target) {
        wanted.response = web::failure(target.error(), request);
        return wanted;
    }
    if (target->path == "*" && request.method == web::Method::options) {
        wanted.response = web::preflight(request);
        return wanted;
    }
    const auto route = match(target->path);
    const auto* asset = std::get_if<AssetRoute>(&route);
    auto file = asset != nullptr ? pages_.asset(asset->name, request) : std::nullopt;
    const auto* tile = std::get_if<TileRoute>(&route);
    const bool hidden = (!options_.preview && std::holds_alternative<InspectRoute>(route)) ||
                        (tile != nullptr && source_of(tile->set) == nullptr);
    if (std::holds_alternative<NoRoute>(route) || (asset != nullptr && !file) || hidden) {
        wanted.response = no_route(request);
    } else if (request.method == web::Method::options) {
        wanted.response = web::preflight(request);
    } else if (request.method == web::Method::other) {
        wanted.response = web::method_not_allowed(request);
    } else if (tile != nullptr) {
        want_tile(wanted, *tile, request);
    } else if (const auto* inspect = std::get_if<InspectRoute>(&route)) {
        wanted.inspects = true;
        want_tile(wanted, inspect->tile, as_program(request));
    } else if (const auto* description = std::get_if<TileJsonRoute>(&route)) {
        wanted.response = describe(*description, request);
    } else if (asset != nullptr) {
        wanted.response = std::move(file);
    } else {
        wanted.response = page(std::get<PageRoute>(route), request);
        wanted.looks_at_health = !wanted.response;
    }
    return wanted;
}

const source::TileSource* Service::source_of(TileSet set) const {
    return set == TileSet::landcover ? sources_.landcover : &sources_.vector;
}

void Service::want_tile(Wanted& wanted, const TileRoute& route, const web::Request& request) const {
    const auto max_zoom = route.set == TileSet::landcover ? options_.landcover_max_zoom : max_vector_zoom;
    const auto tile = check(route, max_zoom);
    if (!tile) {
        wanted.response = web::failure(tile.error(), request);
        return;
    }
    const auto* source = source_of(route.set);
    auto place = source->place(tile->tile, tile->pixel_size, tile->format);
    if (!place) {
        wanted.response = answers_.failed(place.error(), {}, request);
        return;
    }
    wanted.source = source;
    wanted.tile = *tile;
    wanted.place = std::move(*place);
}

web::Response Service::describe(const TileJsonRoute& route, const web::Request& request) const {
    const auto pixel_size = check_pixel_size(route.pixel_size);
    if (!pixel_size) {
        return web::failure(pixel_size.error(), request);
    }
    // Tile URLs that are refused must not be given out.
    const auto place = sources_.vector.place(TileId{0, 0, 0}, *pixel_size, route.format);
    if (!place) {
        return web::failure(place.error(), request);
    }
    const auto named_size = parse_number(route.pixel_size).value_or(0);
    return tilejson(options_, named_size, route.format, request);
}

std::optional<web::Response> Service::page(PageRoute page, const web::Request& request) {
    switch (page) {
        case PageRoute::home:
            return pages_.home(request);
        case PageRoute::live:
            return state_answer(200, "OK");
        case PageRoute::ready:
            return draining_.load(std::memory_order_relaxed) ? state_answer(503, "draining") : state_answer(200, "OK");
        case PageRoute::health_check:
            break;
    }
    return health_.known();
}

web::Response Service::conclude(Wanted wanted, const Result<source::Found>& found, const web::Request& request) const {
    if (!found) {
        report(found.error(), request);
    }
    if (wanted.inspects) {
        return inspection(wanted.tile, wanted.place, found, request);
    }
    if (!found) {
        return answers_.failed(found.error(), std::move(wanted.place.key), request);
    }
    return answers_.found(*found, wanted.tile.format, request);
}

}  // namespace tapalcatl::service
