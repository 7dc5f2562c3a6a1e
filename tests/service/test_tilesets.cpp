#include "tests/service/fixture.hpp"

#include <boost/json.hpp>

namespace tapalcatl::tests {
namespace {

namespace json = boost::json;

class TilesetNames : public testing::TestWithParam<std::pair<const char*, bool>> {};

TEST_P(TilesetNames, are_plain_segments_of_a_path) {
    const auto& [name, is_name] = GetParam();
    EXPECT_EQ(service::is_tileset_name(name), is_name) << name;
}

INSTANTIATE_TEST_SUITE_P(Tilesets, TilesetNames,
                         testing::Values(std::pair("florence", true), std::pair("20260901", true),
                                         std::pair("a.b-c_D", true), std::pair("a", true), std::pair("", false),
                                         std::pair(".a", false), std::pair("-a", false), std::pair("a/b", false),
                                         std::pair("a b", false), std::pair("a%2fb", false), std::pair("a@2x", false),
                                         std::pair("\xc3\xbc", false), std::pair("catalog", false),
                                         std::pair("preview", false), std::pair("tilezen", false)));

TEST(TilesetNames, have_64_characters_at_most) {
    EXPECT_TRUE(service::is_tileset_name(std::string(64, 'a')));
    EXPECT_FALSE(service::is_tileset_name(std::string(65, 'a')));
}

/// The tileset "vector" of the fixture, whose description has limits.
class NamedTileset : public ServiceTest {
 protected:
    NamedTileset() {
        description.name = "A name";
        description.min_zoom = 1;
        description.formats = {{"mvt", {}}};
        description.scales = {{1, 5}, {2, 4}};
        description.bounds = {0, 0, 90, 60};
        storage.put("all/3/4/3.zip", make_archive({{"2/0/0.mvt", "small"}, {"1/0/0.mvt", "larger"}}));
    }
};

TEST_F(NamedTileset, has_tiles_of_all_its_scales) {
    EXPECT_EQ(text_of(ask("/vector/5/16/12.mvt")), "small");
    EXPECT_EQ(text_of(ask("/vector/5/16/12@1x.mvt")), "small");
    EXPECT_EQ(text_of(ask("/vector/4/8/6@2x.mvt")), "larger");
}

TEST_F(NamedTileset, asks_the_storage_for_no_tile_that_it_cannot_have) {
    for (const auto* target : {"/vector/0/0/0.mvt", "/vector/6/32/24.mvt", "/vector/5/16/12@2x.mvt",
                               "/vector/4/8/6@4x.mvt", "/vector/5/2/12.mvt", "/vector/5/16/30.mvt"}) {
        EXPECT_EQ(ask(target).status, 404U) << target;
    }
    EXPECT_TRUE(storage.reads().empty());
    EXPECT_EQ(ask("/preview/inspect/vector/6/32/24.mvt").status, 200U) << "that there is none is an answer here";
    EXPECT_TRUE(storage.reads().empty());
}

TEST_F(NamedTileset, has_a_tilejson_for_each_scale) {
    const auto document = [&](std::string_view target) { return json::parse(text_of(ask(target))).as_object(); };
    EXPECT_EQ(document("/vector.json").at("tiles").as_array().at(0), "http://tiles.example/vector/{z}/{x}/{y}@2x.mvt");
    EXPECT_EQ(document("/vector.json").at("maxzoom"), 4);
    EXPECT_EQ(document("/vector@1x.json").at("tiles").as_array().at(0), "http://tiles.example/vector/{z}/{x}/{y}.mvt");
    EXPECT_EQ(document("/vector@1x.json").at("maxzoom"), 5);
    EXPECT_EQ(ask("/vector@4x.json").status, 404U);
}

TEST_F(NamedTileset, without_a_256_px_size_is_described_by_its_first) {
    description.scales = {{4, 3}};
    EXPECT_EQ(json::parse(text_of(ask("/vector.json"))).as_object().at("tiles").as_array().at(0),
              "http://tiles.example/vector/{z}/{x}/{y}@4x.mvt");
}

TEST_F(NamedTileset, is_in_the_catalog) {
    const auto catalog = json::parse(text_of(ask("/catalog.json"))).as_object();
    const auto& only = catalog.at("tilesets").as_array().at(0).as_object();
    EXPECT_EQ(only.at("id"), "vector");
    EXPECT_EQ(only.at("name"), "A name");
    EXPECT_EQ(only.at("tilejson"), "http://tiles.example/vector.json");
    EXPECT_EQ(only.at("maxzoom"), 5);
    EXPECT_EQ(ask("/catalog.json", {{Field::host, "a b"}}).status, 400U);
}

TEST_F(NamedTileset, shows_its_outage_as_any_other) {
    storage.fail_with([](const Read&) { return fail(Errc::unavailable, "down"); });
    EXPECT_EQ(ask("/vector/5/16/12.mvt").status, 503U);
    EXPECT_EQ(ask("/vector.json").status, 200U);
}

TEST_F(ServiceTest, two_tilesets_have_two_names) {
    service::Tilesets all;
    const auto source = std::make_shared<source::MetatileSource>(shared_archives(), scheme, keys);
    EXPECT_TRUE(all.add({"one", source, policy}));
    EXPECT_TRUE(all.add({"two", source, policy}));
    const auto taken = all.add({"one", source, policy});
    ASSERT_FALSE(taken);
    EXPECT_EQ(taken.error().code, Errc::usage);
    EXPECT_NE(taken.error().message.find("one"), std::string::npos);
    EXPECT_FALSE(all.add({"a/b", source, policy}));
    EXPECT_EQ(all.source_of_each_storage().size(), 1U);
}

}  // namespace
}  // namespace tapalcatl::tests
