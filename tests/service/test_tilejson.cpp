#include "web/origin.hpp"

#include "tests/service/fixture.hpp"

#include <boost/json.hpp>

#include <set>

namespace tapalcatl::tests {
namespace {

namespace json = boost::json;

constexpr auto with_size = "/tilezen/vector/v1/512/all/tilejson.mvt.json";
constexpr auto without_size = "/tilezen/vector/v1/all/tilejson.mvt.json";

class TileJson : public ServiceTest {
 protected:
    TileJson() {
        description.name = "The <World> & \"more\"";
        description.attribution = "&copy; <a href=\"https://www.openstreetmap.org/copyright\">OpenStreetMap</a>";
        description.bounds = {-180, -85.05112877980659, 180, 85.05112877980659};
        description.center = {11.25, 43.77, 13};
        description.min_zoom = 0;
        description.scales = {{1, 16}};
    }

    json::object document(std::string_view target, Fields fields = {}) {
        const auto response = ask(target, fields);
        EXPECT_EQ(response.status, 200U) << text_of(response);
        EXPECT_EQ(response.headers.find("Content-Type"), "application/json");
        return json::parse(text_of(response)).as_object();
    }

    static std::vector<std::string> tiles_of(const json::object& document) {
        std::vector<std::string> urls;
        for (const auto& url : document.at("tiles").as_array()) {
            urls.emplace_back(url.as_string());
        }
        return urls;
    }

    std::vector<std::string> tiles(std::string_view target, Fields fields = {}) {
        return tiles_of(document(target, fields));
    }
};

TEST_F(TileJson, says_what_the_tile_set_is) {
    const auto answer = document(with_size);
    EXPECT_EQ(answer.at("tilejson"), "3.0.0");
    EXPECT_EQ(answer.at("name"), "The <World> & \"more\"");
    EXPECT_NE(answer.at("attribution").as_string().find("OpenStreetMap"), json::string::npos);
    EXPECT_EQ(answer.at("minzoom"), 0);
    EXPECT_EQ(answer.at("maxzoom"), 16);
    ASSERT_EQ(answer.at("bounds").as_array().size(), 4U);
    EXPECT_DOUBLE_EQ(answer.at("bounds").as_array().at(0).to_number<double>(), -180);
    EXPECT_DOUBLE_EQ(answer.at("bounds").as_array().at(3).to_number<double>(), 85.05112877980659);
    ASSERT_EQ(answer.at("center").as_array().size(), 3U);
    EXPECT_EQ(answer.at("center").as_array().at(2), 13);
}

TEST_F(TileJson, lists_the_layers_of_tilezen_with_their_fields) {
    const auto answer = document(with_size);
    std::set<std::string> ids;
    for (const auto& layer : answer.at("vector_layers").as_array()) {
        ids.emplace(layer.at("id").as_string());
        EXPECT_FALSE(layer.at("fields").as_object().empty());
        EXPECT_LE(layer.at("minzoom").to_number<int>(), layer.at("maxzoom").to_number<int>());
    }
    EXPECT_EQ(ids, (std::set<std::string>{"boundaries", "buildings", "earth", "landuse", "places", "pois", "roads",
                                          "transit", "water"}));
}

TEST_F(TileJson, of_a_shallow_tile_set_names_no_layer_that_it_cannot_have) {
    description.scales = {{1, 4}};
    const auto answer = document(with_size);
    for (const auto& layer : answer.at("vector_layers").as_array()) {
        EXPECT_LE(layer.at("minzoom").to_number<int>(), layer.at("maxzoom").to_number<int>()) << layer;
        EXPECT_LE(layer.at("maxzoom").to_number<int>(), 4);
    }
}

TEST_F(TileJson, puts_a_pixel_size_into_its_tile_urls_where_its_own_url_has_one) {
    EXPECT_EQ(tiles(with_size)[0], "http://tiles.example/tilezen/vector/v1/512/all/{z}/{x}/{y}.mvt");
    EXPECT_EQ(tiles(without_size)[0], "http://tiles.example/tilezen/vector/v1/all/{z}/{x}/{y}.mvt");
    EXPECT_EQ(tiles("/tilezen/vector/v1/256/all/tilejson.topojson.json")[0],
              "http://tiles.example/tilezen/vector/v1/256/all/{z}/{x}/{y}.topojson");
    EXPECT_EQ(tiles("/tilezen/vector/v1/00512/all/tilejson.mvt.json"), tiles(with_size));
    EXPECT_EQ(tiles("/tilezen/vector/v1/0/all/tilejson.mvt.json"), tiles(without_size));
}

TEST_F(TileJson, has_tile_urls_that_are_served) {
    storage.put("all/0/0/0.zip", make_archive({{"0/0/0.mvt", "world"}}));
    for (const auto target : {with_size, without_size}) {
        auto url = tiles(target)[0];
        for (const std::string_view part : {"{z}", "{x}", "{y}"}) {
            url.replace(url.find(part), part.size(), "0");
        }
        EXPECT_EQ(text_of(ask(url)), "world") << url;
    }
}

TEST_F(TileJson, starts_tile_urls_with_the_host_that_was_asked) {
    EXPECT_EQ(tiles(without_size, {{Field::host, "localhost:8080"}})[0],
              "http://localhost:8080/tilezen/vector/v1/all/{z}/{x}/{y}.mvt");
    EXPECT_EQ(tiles(without_size, {{Field::host, "[::1]:8080"}})[0],
              "http://[::1]:8080/tilezen/vector/v1/all/{z}/{x}/{y}.mvt");
    for (const std::string_view host : {"", "a b", "a\"b", "<script>", "a/b", "a:0", "a@b"}) {
        EXPECT_EQ(ask(without_size, {{Field::host, host}}).status, 400U) << host;
    }
}

struct BaseCase {
    const char* configured;
    std::vector<std::string> bases;
};

class TileJsonBases : public TileJson, public testing::WithParamInterface<BaseCase> {};

TEST_P(TileJsonBases, are_those_that_were_set) {
    const auto base = web::parse_tiles_url_base(GetParam().configured);
    ASSERT_TRUE(base) << base.error();
    settings.tiles_url_base = *base;
    std::vector<std::string> want;
    for (const auto& start : GetParam().bases) {
        want.push_back(start + "/tilezen/vector/v1/512/all/{z}/{x}/{y}.mvt");
    }
    EXPECT_EQ(tiles(with_size), want);
}

INSTANTIATE_TEST_SUITE_P(Configured, TileJsonBases,
                         testing::Values(BaseCase{"", {"http://tiles.example"}},
                                         BaseCase{"/maps/", {"http://tiles.example/maps"}},
                                         BaseCase{"https://cdn.example", {"https://cdn.example"}},
                                         BaseCase{"https://cdn.example:8443/a/b/", {"https://cdn.example:8443/a/b"}},
                                         BaseCase{"//cdn.example", {"http://cdn.example"}},
                                         BaseCase{"https://{s}.cdn.example",
                                                  {"https://a.cdn.example", "https://b.cdn.example",
                                                   "https://c.cdn.example", "https://d.cdn.example"}}));

TEST_F(TileJson, takes_scheme_host_and_prefix_from_proxies_that_are_trusted) {
    settings.trusted_proxies = *web::TrustedProxies::parse("10.0.0.0/8");
    auto forwarded = request(without_size, {{Field::x_forwarded_host, "maps.example"},
                                            {Field::x_forwarded_proto, "https"},
                                            {Field::x_forwarded_prefix, "/tiles"}});
    forwarded.peer = "10.1.2.3";
    EXPECT_EQ(tiles_of(json::parse(text_of(respond(forwarded))).as_object())[0],
              "https://maps.example/tiles/tilezen/vector/v1/all/{z}/{x}/{y}.mvt");
    forwarded.peer = "192.0.2.1";
    EXPECT_EQ(tiles_of(json::parse(text_of(respond(forwarded))).as_object())[0],
              "http://tiles.example/tilezen/vector/v1/all/{z}/{x}/{y}.mvt");
}

TEST_F(TileJson, is_kept_for_a_short_time_and_revalidated_by_its_tag) {
    const auto first = ask(with_size);
    EXPECT_EQ(first.headers.find("Cache-Control"), "public, max-age=300");
    const auto second = ask(with_size, {{Field::if_none_match, first.headers.find("ETag")}});
    EXPECT_EQ(second.status, 304U);
    EXPECT_TRUE(second.body.empty());
    EXPECT_NE(ask(without_size).headers.find("ETag"), first.headers.find("ETag"));
}

TEST_F(TileJson, never_reads_the_storage) {
    document(with_size);
    EXPECT_TRUE(storage.reads().empty());
}

}  // namespace
}  // namespace tapalcatl::tests
