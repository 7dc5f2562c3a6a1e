#include "service/tilejson.hpp"

#include "service/responses.hpp"
#include "service/route.hpp"
#include "service/tilezen_layers.hpp"
#include "web/negotiation.hpp"
#include "web/origin.hpp"
#include "web/responses.hpp"

#include <boost/json.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tapalcatl::service {

namespace json = boost::json;

using source::TilesetDescription;

namespace {

constexpr std::array<std::string_view, 4> drop_in_formats{"mvt", "mvtb", "json", "topojson"};
constexpr std::chrono::seconds document_max_age{300};

/// GL clients draw vector tiles of 512 pixels.
constexpr unsigned usual_vector_scale = 2;

std::string quoted(std::string_view text) {
    return json::serialize(json::value(json::string(text)));
}

std::string_view content_type_of(const source::TileFormat& format) {
    return format.content_type.empty() ? web::content_type_of(format.extension) : std::string_view(format.content_type);
}

bool is_vector(const source::TileFormat& format) {
    const auto type = content_type_of(format);
    return type == "application/x-protobuf" || type.find("vector-tile") != std::string_view::npos;
}

/// `"bounds":[...]`, and `"center":[...]` if there is one. Boost.JSON would write 180 as 1.8E2.
std::string extent_of(const TilesetDescription& tileset) {
    const auto& [west, south, east, north] = tileset.bounds;
    auto text = fmt::format(R"("bounds":[{},{},{},{}])", west, south, east, north);
    if (tileset.center) {
        text += fmt::format(R"(,"center":[{},{},{}])", tileset.center->longitude, tileset.center->latitude,
                            tileset.center->zoom);
    }
    return text;
}

/// `"name":"...",`, or nothing for an empty value.
std::string member(std::string_view name, std::string_view value) {
    return value.empty() ? std::string() : fmt::format("\"{}\":{},", name, quoted(value));
}

web::Response document_response(std::string document, const web::Request& request,
                                const source::TileHeaders* headers = nullptr) {
    return text_response(std::move(document), "application/json", document_max_age, request, headers);
}

/// The scale for TileJSON; null if the tileset does not have it.
const source::TileScale* chosen_scale(const TilesetDescription& description, unsigned asked, bool is_vector) {
    if (asked != 0) {
        return description.scale(asked);
    }
    const auto* usual = is_vector ? description.scale(usual_vector_scale) : nullptr;
    return usual == nullptr && !description.scales.empty() ? &description.scales.front() : usual;
}

}  // namespace

web::Response tilejson(const Tileset& tileset, const TilesetDescription& description, const Options& options,
                       std::uint64_t pixel_size, std::string_view format, const web::Request& request) {
    if (std::find(drop_in_formats.begin(), drop_in_formats.end(), format) == drop_in_formats.end()) {
        return web::failure(
            fail(Errc::bad_request, "TileJSON of format {}: expected mvt, mvtb, json or topojson", format), request);
    }
    const auto bases = web::tile_url_bases(options.tiles_url_base, request, options.trusted_proxies);
    if (!bases) {
        return web::failure(bases.error(), request);
    }
    const auto size_part = pixel_size == 0 ? std::string() : fmt::format("{}/", pixel_size);
    json::array tiles;
    for (const auto& base : *bases) {
        tiles.emplace_back(fmt::format("{}/tilezen/vector/v1/{}all/{{z}}/{{x}}/{{y}}.{}", base, size_part, format));
    }
    const auto max_zoom = description.max_zoom();
    return document_response(
        fmt::format(R"({{"tilejson":"3.0.0","name":{},"attribution":{},"scheme":"xyz","tiles":{},"minzoom":{},)"
                    R"("maxzoom":{},{},"vector_layers":{}}})",
                    quoted(description.name), quoted(description.attribution), json::serialize(tiles),
                    description.min_zoom, max_zoom, extent_of(description),
                    json::serialize(tilezen_layers(description.min_zoom, max_zoom))),
        request, tileset.policy.headers.get());
}

web::Response tileset_json(const Tileset& tileset, const TilesetDescription& description, std::string_view scale,
                           const Options& options, const web::Request& request) {
    const auto asked = scale.empty() ? Result<unsigned>(0U) : check_scale(scale);
    if (!asked) {
        return web::failure(asked.error(), request);
    }
    if (description.formats.empty()) {
        return web::failure(404, "The tileset has no tiles", request);
    }
    const auto& format = description.formats.front();
    const auto* chosen = chosen_scale(description, *asked, is_vector(format));
    if (chosen == nullptr) {
        return web::failure(404, "The tileset has no tiles of this size", request);
    }
    const auto bases = web::tile_url_bases(options.tiles_url_base, request, options.trusted_proxies);
    if (!bases) {
        return web::failure(bases.error(), request);
    }
    const auto size_part = chosen->scale == 1 ? std::string() : fmt::format("@{}x", chosen->scale);
    json::array tiles;
    for (const auto& base : *bases) {
        tiles.emplace_back(
            fmt::format("{}/{}/{{z}}/{{x}}/{{y}}{}.{}", base, tileset.name, size_part, format.extension));
    }
    const auto name = description.name.empty() ? tileset.name : description.name;
    auto document = fmt::format(
        R"({{"tilejson":"3.0.0","name":{},{}{}"scheme":"xyz","tiles":{},"minzoom":{},"maxzoom":{},{})", quoted(name),
        member("description", description.description), member("attribution", description.attribution),
        json::serialize(tiles), description.min_zoom, chosen->max_zoom, extent_of(description));
    if (is_vector(format)) {
        const auto layers =
            tileset.has_tilezen_layers ? tilezen_layers(description.min_zoom, chosen->max_zoom) : json::array();
        document += fmt::format(R"(,"vector_layers":{})", json::serialize(layers));
    } else {
        // Not of TileJSON, but read by clients of raster tiles.
        document += fmt::format(R"(,"tileSize":{})", 256 * chosen->scale);
    }
    return document_response(document + "}", request, tileset.policy.headers.get());
}

web::Response catalog(const Tilesets& tilesets, const Options& options, const web::Request& request) {
    const auto base = web::base_url(request, options.trusted_proxies);
    if (!base) {
        return web::failure(base.error(), request);
    }
    std::string document = R"({"tilesets":[)";
    for (const auto& [tileset, responses] : tilesets.all()) {
        document += fmt::format(R"({}{{"id":{},"tilejson":{})", document.back() == '[' ? "" : ",", quoted(tileset.name),
                                quoted(fmt::format("{}/{}.json", *base, tileset.name)));
        if (const auto description = tileset.source->description()) {
            json::array formats;
            for (const auto& format : description->formats) {
                formats.push_back({{"extension", format.extension}, {"content_type", content_type_of(format)}});
            }
            json::array scales;
            for (const auto& scale : description->scales) {
                scales.push_back({{"scale", scale.scale}, {"maxzoom", scale.max_zoom}});
            }
            document += fmt::format(R"(,{}{}{}"minzoom":{},"maxzoom":{},{},"formats":{},"scales":{})",
                                    member("name", description->name), member("description", description->description),
                                    member("attribution", description->attribution), description->min_zoom,
                                    description->max_zoom(), extent_of(*description), json::serialize(formats),
                                    json::serialize(scales));
        }
        document += '}';
    }
    return document_response(document + "]}", request);
}

}  // namespace tapalcatl::service
