#include "service/tilezen_layers.hpp"

#include <boost/json.hpp>

#include <algorithm>
#include <array>
#include <span>
#include <string_view>
#include <utility>

namespace tapalcatl::service {

namespace {

struct LayerField {
    std::string_view name;
    std::string_view type;  ///< "String", "Number" or "Boolean", as TileJSON has it
};

/// A layer of a tile set, as TileJSON 3.0.0, section 3.3, describes it.
struct Layer {
    std::string_view id;
    unsigned min_zoom;
    unsigned max_zoom;
    std::span<const LayerField> fields;
};

constexpr std::array boundaries_fields{
    LayerField{"name", "String"},
    LayerField{"id", "Number"},
    LayerField{"kind", "String"},
    LayerField{"sort_rank", "Number"},
    LayerField{"area", "Number"},
    LayerField{"admin_level", "Number"},
    LayerField{"id:left", "Number"},
    LayerField{"id:right", "Number"},
    LayerField{"name:left", "String"},
    LayerField{"name:right", "String"},
    LayerField{"maritime_boundary", "Boolean"},
    LayerField{"labelrank", "Number"},
    LayerField{"scalerank", "Number"},
    LayerField{"osm_relation", "String"},
};

constexpr std::array buildings_fields{
    LayerField{"name", "String"},          LayerField{"id", "Number"},
    LayerField{"kind", "String"},          LayerField{"kind_detail", "String"},
    LayerField{"source", "String"},        LayerField{"landuse_kind", "String"},
    LayerField{"sort_rank", "Number"},     LayerField{"min_zoom", "Number"},
    LayerField{"scalerank", "Number"},     LayerField{"addr_housenumber", "String"},
    LayerField{"addr_street", "String"},   LayerField{"area", "Number"},
    LayerField{"volume", "Number"},        LayerField{"height", "Number"},
    LayerField{"layer", "Number"},         LayerField{"location", "String"},
    LayerField{"min_height", "Number"},    LayerField{"building_material", "String"},
    LayerField{"roof_color", "String"},    LayerField{"roof_height", "Number"},
    LayerField{"roof_material", "String"}, LayerField{"roof_orientation", "String"},
    LayerField{"roof_shape", "String"},
};

constexpr std::array earth_fields{
    LayerField{"name", "String"}, LayerField{"id", "Number"},        LayerField{"source", "String"},
    LayerField{"kind", "String"}, LayerField{"sort_rank", "Number"},
};

constexpr std::array landuse_fields{
    LayerField{"name", "String"},        LayerField{"id", "Number"},
    LayerField{"source", "String"},      LayerField{"kind", "String"},
    LayerField{"kind_detail", "String"}, LayerField{"sort_rank", "Number"},
    LayerField{"area", "Number"},        LayerField{"protect_class", "String"},
    LayerField{"operator", "String"},
};

constexpr std::array places_fields{
    LayerField{"name", "String"},        LayerField{"id", "Number"},
    LayerField{"source", "String"},      LayerField{"kind", "String"},
    LayerField{"kind_detail", "String"}, LayerField{"admin_level", "Number"},
    LayerField{"population", "Number"},  LayerField{"scalerank", "Number"},
    LayerField{"capital", "Boolean"},    LayerField{"region_capital", "Boolean"},
    LayerField{"labelrank", "Number"},   LayerField{"min_zoom", "Number"},
    LayerField{"max_zoom", "Number"},    LayerField{"is_landuse_aoi", "Boolean"},
};

constexpr std::array pois_fields{
    LayerField{"name", "String"},
    LayerField{"id", "Number"},
    LayerField{"source", "String"},
    LayerField{"kind", "String"},
    LayerField{"kind_detail", "String"},
    LayerField{"aeroway", "String"},
    LayerField{"attraction", "String"},
    LayerField{"cuisine", "String"},
    LayerField{"drives_on_left", "Boolean"},
    LayerField{"exit_to", "String"},
    LayerField{"ref", "String"},
    LayerField{"religion", "String"},
    LayerField{"sport", "String"},
    LayerField{"zoo", "String"},
    LayerField{"state", "String"},
    LayerField{"bicycle", "String"},
    LayerField{"scooter", "String"},
    LayerField{"car", "String"},
    LayerField{"truck", "String"},
    LayerField{"train_routes", "String"},
    LayerField{"subway_routes", "String"},
    LayerField{"light_rail_routes", "String"},
    LayerField{"tram_routes", "String"},
    LayerField{"is_train", "Boolean"},
    LayerField{"is_subway", "Boolean"},
    LayerField{"is_light_rail", "Boolean"},
    LayerField{"is_tram", "Boolean"},
    LayerField{"root_id", "Number"},
    LayerField{"capacity", "Number"},
    LayerField{"network", "String"},
    LayerField{"operator", "String"},
    LayerField{"access", "String"},
    LayerField{"covered", "Boolean"},
    LayerField{"fee", "Boolean"},
    LayerField{"maxstay", "String"},
    LayerField{"surveillance", "Boolean"},
    LayerField{"elevation", "Number"},
    LayerField{"kind_tile_rank", "Number"},
    LayerField{"sanitary_dump_station", "String"},
};

constexpr std::array roads_fields{
    LayerField{"name", "String"},
    LayerField{"id", "Number"},
    LayerField{"source", "String"},
    LayerField{"kind", "String"},
    LayerField{"landuse_kind", "String"},
    LayerField{"ref", "String"},
    LayerField{"sort_rank", "Number"},
    LayerField{"access", "String"},
    LayerField{"aerialway", "String"},
    LayerField{"aeroway", "String"},
    LayerField{"bicycle_network", "String"},
    LayerField{"cutting", "String"},
    LayerField{"cycleway", "String"},
    LayerField{"cycleway_left", "String"},
    LayerField{"cycleway_right", "String"},
    LayerField{"embankment", "String"},
    LayerField{"ferry", "String"},
    LayerField{"highway", "String"},
    LayerField{"is_bicycle_related", "Boolean"},
    LayerField{"is_bridge", "Boolean"},
    LayerField{"is_bus_route", "Boolean"},
    LayerField{"is_link", "Boolean"},
    LayerField{"is_tunnel", "Boolean"},
    LayerField{"leisure", "String"},
    LayerField{"man_made", "String"},
    LayerField{"mooring", "String"},
    LayerField{"network", "String"},
    LayerField{"oneway_bicycle", "String"},
    LayerField{"oneway", "String"},
    LayerField{"piste_type", "String"},
    LayerField{"railway", "String"},
    LayerField{"segregated", "Boolean"},
    LayerField{"service", "String"},
    LayerField{"walking_network", "String"},
    LayerField{"ascent", "String"},
    LayerField{"colour", "String"},
    LayerField{"descent", "String"},
    LayerField{"description", "String"},
    LayerField{"distance", "String"},
    LayerField{"labelrank", "Number"},
    LayerField{"level", "String"},
    LayerField{"motor_vehicle", "String"},
    LayerField{"operator", "String"},
    LayerField{"piste_difficulty", "String"},
    LayerField{"piste_grooming", "String"},
    LayerField{"piste_name", "String"},
    LayerField{"roundtrip", "String"},
    LayerField{"route_name", "String"},
    LayerField{"scalerank", "Number"},
    LayerField{"ski", "String"},
    LayerField{"snowshoe", "String"},
    LayerField{"sport", "String"},
    LayerField{"state", "String"},
    LayerField{"symbol", "String"},
};

constexpr std::array transit_fields{
    LayerField{"name", "String"},     LayerField{"id", "Number"},        LayerField{"source", "String"},
    LayerField{"kind", "String"},     LayerField{"sort_rank", "Number"}, LayerField{"ref", "String"},
    LayerField{"network", "String"},  LayerField{"operator", "String"},  LayerField{"railway", "String"},
    LayerField{"route", "String"},    LayerField{"colour", "String"},    LayerField{"layer", "String"},
    LayerField{"state", "String"},    LayerField{"symbol", "String"},    LayerField{"type", "String"},
    LayerField{"ascent", "String"},   LayerField{"descent", "String"},   LayerField{"description", "String"},
    LayerField{"distance", "String"}, LayerField{"roundtrip", "String"}, LayerField{"route_name", "String"},
};

constexpr std::array water_fields{
    LayerField{"name", "String"},      LayerField{"kind", "String"},      LayerField{"source", "String"},
    LayerField{"boundary", "Boolean"}, LayerField{"sort_rank", "Number"}, LayerField{"area", "Number"},
    LayerField{"id", "Number"},        LayerField{"is_tunnel", "String"},
};

/// The layers of Tilezen vector tiles, schema v1.6.
constexpr std::array all_layers{
    Layer{"boundaries", 0, 16, boundaries_fields}, Layer{"buildings", 13, 16, buildings_fields},
    Layer{"earth", 0, 16, earth_fields},           Layer{"landuse", 0, 16, landuse_fields},
    Layer{"places", 2, 16, places_fields},         Layer{"pois", 2, 16, pois_fields},
    Layer{"roads", 5, 16, roads_fields},           Layer{"transit", 5, 16, transit_fields},
    Layer{"water", 0, 16, water_fields},
};

}  // namespace

boost::json::array tilezen_layers(unsigned min_zoom, unsigned max_zoom) {
    boost::json::array layers;
    for (const auto& layer : all_layers) {
        if (layer.min_zoom > max_zoom || layer.max_zoom < min_zoom) {
            continue;
        }
        boost::json::object fields;
        for (const auto& field : layer.fields) {
            fields[field.name] = field.type;
        }
        layers.push_back({{"id", layer.id},
                          {"minzoom", std::max(layer.min_zoom, min_zoom)},
                          {"maxzoom", std::min(layer.max_zoom, max_zoom)},
                          {"fields", std::move(fields)}});
    }
    return layers;
}

}  // namespace tapalcatl::service
