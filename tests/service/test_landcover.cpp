#include "tests/service/fixture.hpp"

namespace tapalcatl::tests {
namespace {

constexpr auto land_tile = "/tilezen/landcover/v1/512/all/8/255/6.mvt";

class LandCover : public ServiceTest {
 protected:
    LandCover() {
        landcover_scheme = Tapalcatl2Scheme{.materialized_zooms = {0, 7}, .metatile_size = 1, .tile_scale = 2};
    }
};

TEST_F(LandCover, has_a_route_of_its_own_beside_the_vector_tiles) {
    storage.put("all/7/127/3.zip", make_archive({{"8/255/6@2x.mvt", tile_text("land")}, {"1/1/0.mvt", "vector"}}));
    const auto response = ask(land_tile, {{Field::accept_encoding, "gzip"}});
    EXPECT_EQ(response.status, 200U);
    EXPECT_EQ(gunzipped(response), tile_text("land"));
    EXPECT_EQ(response.headers.find("Content-Type"), "application/x-protobuf");
    EXPECT_EQ(response.headers.find("Cache-Control"), "public, max-age=1200, s-maxage=600");
    EXPECT_EQ(response.cache, web::CacheState::miss);
    EXPECT_EQ(*response.archive_key, "all/7/127/3.zip");
    EXPECT_EQ(ask(land_tile).cache, web::CacheState::hit);
    EXPECT_EQ(text_of(ask("/tilezen/vector/v1/512/all/8/255/6.mvt")), "vector") << "from the same archive";
}

TEST_F(LandCover, wants_its_pixel_size_said) {
    for (const std::string_view target :
         {"/tilezen/landcover/v1/all/8/255/6.mvt", "/tilezen/landcover/v1/0/all/8/255/6.mvt",
          "/tilezen/landcover/v1/256/all/8/255/6.mvt", "/tilezen/landcover/v1/1024/all/8/255/6.mvt",
          "/tilezen/landcover/v1/513/all/8/255/6.mvt"}) {
        EXPECT_EQ(ask(target).status, 400U) << target;
    }
    EXPECT_TRUE(storage.reads().empty());
}

TEST_F(LandCover, ends_at_its_own_zoom) {
    EXPECT_EQ(ask("/tilezen/landcover/v1/512/all/12/4095/4095.mvt").status, 404U);
    EXPECT_EQ(storage.reads().size(), 1U);
    EXPECT_EQ(text_of(ask("/tilezen/landcover/v1/512/all/13/0/0.mvt")), "zoom 13: expected 0 to 12");
    EXPECT_EQ(text_of(ask("/tilezen/landcover/v1/300/all/13/0/0.mvt")), "zoom 13: expected 0 to 12");
    EXPECT_EQ(ask("/tilezen/landcover/v1/512/all/12/4096/0.mvt").status, 400U);
    EXPECT_EQ(storage.reads().size(), 1U);
}

TEST_F(LandCover, above_all_archives_is_missing_as_other_tiles_are) {
    landcover_scheme->materialized_zooms = {7};
    policy.missing_tile_status = 204;
    EXPECT_EQ(ask("/tilezen/landcover/v1/512/all/6/0/0.mvt").status, 204U);
    EXPECT_TRUE(storage.reads().empty());
}

TEST_F(LandCover, takes_the_methods_of_every_route) {
    EXPECT_EQ(ask(web::Method::other, "POST", land_tile).status, 405U);
    EXPECT_EQ(ask(web::Method::other, "POST", "/tilezen/landcover/v1/all/99/0/0.mvt").status, 405U);
    EXPECT_EQ(ask(web::Method::options, "OPTIONS", land_tile).status, 204U);
}

TEST_F(LandCover, has_no_tilejson) {
    EXPECT_EQ(ask("/tilezen/landcover/v1/512/all/tilejson.mvt.json").status, 404U);
}

TEST_F(LandCover, that_is_turned_off_is_no_route) {
    landcover_scheme.reset();
    for (const auto method : {web::Method::get, web::Method::options, web::Method::other}) {
        const auto response = ask(method, "GET", land_tile);
        EXPECT_EQ(response.status, 404U);
        EXPECT_EQ(text_of(response), "No such page");
    }
}

}  // namespace
}  // namespace tapalcatl::tests
