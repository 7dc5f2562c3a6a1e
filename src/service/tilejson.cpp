#include "service/tilejson.hpp"

#include "service/text_answer.hpp"
#include "service/tilezen_layers.hpp"
#include "web/failure.hpp"
#include "web/origin.hpp"

#include <boost/json.hpp>

#include <algorithm>
#include <array>
#include <string>
#include <utility>

namespace tapalcatl::service {

namespace json = boost::json;

namespace {

constexpr std::array<std::string_view, 4> formats{"mvt", "mvtb", "json", "topojson"};
constexpr std::chrono::seconds tilejson_max_age{300};

json::array vector_layers(const TileSetInfo& info) {
    json::array layers;
    for (const auto& layer : tilezen_layers()) {
        if (layer.min_zoom > info.max_zoom || layer.max_zoom < info.min_zoom) {
            continue;
        }
        json::object fields;
        for (const auto& field : layer.fields) {
            fields[field.name] = field.type;
        }
        layers.push_back({{"id", layer.id},
                          {"minzoom", std::max(layer.min_zoom, info.min_zoom)},
                          {"maxzoom", std::min(layer.max_zoom, info.max_zoom)},
                          {"fields", std::move(fields)}});
    }
    return layers;
}

}  // namespace

web::Response tilejson(const Options& options, std::uint64_t pixel_size, std::string_view format,
                       const web::Request& request) {
    if (std::find(formats.begin(), formats.end(), format) == formats.end()) {
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
    const auto& info = options.info;
    // Boost.JSON would write 180 as 1.8E2.
    auto document = fmt::format(
        R"({{"tilejson":"3.0.0","name":{},"attribution":{},"scheme":"xyz","tiles":{},"minzoom":{},"maxzoom":{},)"
        R"("bounds":[{},{},{},{}],"center":[{},{},{}],"vector_layers":{}}})",
        json::serialize(json::value(info.name)), json::serialize(json::value(info.attribution)), json::serialize(tiles),
        info.min_zoom, info.max_zoom, info.bounds[0], info.bounds[1], info.bounds[2], info.bounds[3],
        info.center_longitude, info.center_latitude, info.center_zoom, json::serialize(vector_layers(info)));
    return text_answer(std::move(document), "application/json", tilejson_max_age, request);
}

}  // namespace tapalcatl::service
