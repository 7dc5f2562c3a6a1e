#include "service/route.hpp"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

namespace tapalcatl::service {
namespace {

std::string described(const TileRoute& tile) {
    const auto place = fmt::format("{}/{}/{} '{}'", tile.z, tile.x, tile.y, tile.format);
    return tile.set == TileSet::named ? fmt::format("'{}' @{} {}", tile.name, tile.scale, place)
                                      : fmt::format("px '{}' {}", tile.pixel_size, place);
}

struct Describe {
    std::string operator()(const NoRoute& /*none*/) const { return "none"; }
    std::string operator()(const TileRoute& tile) const {
        return fmt::format("{} {}", tile.set == TileSet::landcover ? "land cover" : "tile", described(tile));
    }
    std::string operator()(const TileJsonRoute& route) const {
        return fmt::format("tilejson px '{}' '{}'", route.pixel_size, route.format);
    }
    std::string operator()(const TilesetJsonRoute& route) const {
        return fmt::format("tileset '{}' @{}", route.name, route.scale);
    }
    std::string operator()(const InspectRoute& route) const { return "inspect " + described(route.tile); }
    std::string operator()(const AssetRoute& route) const { return fmt::format("asset {}", route.name); }
    std::string operator()(PageRoute page) const { return fmt::format("page {}", static_cast<int>(page)); }
};

std::string matched(std::string_view path) {
    return std::visit(Describe{}, match(path));
}

TEST(Routes, name_their_parts) {
    const std::vector<std::pair<std::string, std::string>> table{
        {"/tilezen/vector/v1/all/16/9/5.mvt", "tile px '' 16/9/5 'mvt'"},
        {"/tilezen/vector/v1/512/all/16/9/5.topojson", "tile px '512' 16/9/5 'topojson'"},
        {"/tilezen/vector/v1/256/all/0/0/0.mvtb", "tile px '256' 0/0/0 'mvtb'"},
        {"/tilezen/vector/v1/0/all/0/0/0.json", "tile px '0' 0/0/0 'json'"},
        {"/tilezen/vector/v1/00512/all/0016/009/0005.mvt", "tile px '00512' 0016/009/0005 'mvt'"},
        {"/tilezen/vector/v1/all/99999999999999999999/0/0.mvt", "tile px '' 99999999999999999999/0/0 'mvt'"},
        {"/tilezen/vector/v1/all/0/0/0.MVT", "tile px '' 0/0/0 'MVT'"},
        {"/tilezen/vector/v1/all/0/0/0.png", "tile px '' 0/0/0 'png'"},
        {"/tilezen/vector/v1/all/0/0/0.mvt.gz", "tile px '' 0/0/0 'mvt.gz'"},
        {"/tilezen/vector/v1/all/0/0/0.7z", "tile px '' 0/0/0 '7z'"},
        {"/tilezen/vector/v1/all/0/0/0.mvt.2", "tile px '' 0/0/0 'mvt.2'"},
        {"/tilezen/vector/v1/all/tilejson.mvt.json", "tilejson px '' 'mvt'"},
        {"/tilezen/vector/v1/512/all/tilejson.mvt.json", "tilejson px '512' 'mvt'"},
        {"/tilezen/vector/v1/256/all/tilejson.json.json", "tilejson px '256' 'json'"},
        {"/tilezen/vector/v1/all/tilejson.gif.json", "tilejson px '' 'gif'"},
        {"/tilezen/landcover/v1/512/all/12/9/5.mvt", "land cover px '512' 12/9/5 'mvt'"},
        {"/tilezen/landcover/v1/all/12/9/5.png", "land cover px '' 12/9/5 'png'"},
        {"/preview/inspect/vector/5/16/11@2x.mvt", "inspect 'vector' @2 5/16/11 'mvt'"},
        {"/preview/inspect/512/5/16/11.mvt", "inspect '512' @ 5/16/11 'mvt'"},
        {"/florence/16/9/5.mvt", "tile 'florence' @ 16/9/5 'mvt'"},
        {"/florence/16/9/5@2x.mvt", "tile 'florence' @2 16/9/5 'mvt'"},
        {"/a.b-c_d/016/09/05@16x.png", "tile 'a.b-c_d' @16 016/09/05 'png'"},
        {"/2026/1/1/1.webp", "tile '2026' @ 1/1/1 'webp'"},
        {"/florence.json", "tileset 'florence' @"},
        {"/florence@2x.json", "tileset 'florence' @2"},
        {"/a.b.json", "tileset 'a.b' @"},
        {"/a@x.json", "tileset 'a@x' @"},
        {"/catalog.json", "page 4"},
        {"/preview.html", "asset preview.html"},
        {"/preview/style.css", "asset preview/style.css"},
        {"/", "page 0"},
        {"/health_check", "page 1"},
        {"/ready", "page 2"},
        {"/live", "page 3"},
    };
    for (const auto& [path, want] : table) {
        EXPECT_EQ(matched(path), want) << path;
    }
}

TEST(Routes, double_slashes_in_a_tile_path_are_one) {
    EXPECT_EQ(matched("//tilezen//vector/v1///all/0/0//0.mvt"), "tile px '' 0/0/0 'mvt'");
    for (const auto* path : {"/", "/live", "/ready", "/health_check", "/preview.html", "/preview/a.js"}) {
        EXPECT_EQ(matched(fmt::format("//{}", path)), matched(path)) << path;
    }
    EXPECT_EQ(matched("/preview///a.js"), matched("/preview/a.js"));
}

class NoRoutes : public testing::TestWithParam<const char*> {};

TEST_P(NoRoutes, match_nothing) {
    EXPECT_EQ(matched(GetParam()), "none");
}

INSTANTIATE_TEST_SUITE_P(Signs, NoRoutes,
                         testing::Values("/tilezen/vector/v1/all/-1/0/0.mvt", "/tilezen/vector/v1/all/0/-0/0.mvt",
                                         "/tilezen/vector/v1/all/0/0/-0.mvt", "/tilezen/vector/v1/all/+0/0/0.mvt",
                                         "/tilezen/vector/v1/-256/all/0/0/0.mvt",
                                         "/tilezen/vector/v1/+256/all/0/0/0.mvt"));
INSTANTIATE_TEST_SUITE_P(Fractions, NoRoutes,
                         testing::Values("/tilezen/vector/v1/all/0.0/0/0.mvt", "/tilezen/vector/v1/all/0/0.5/0.mvt",
                                         "/tilezen/vector/v1/256.0/all/0/0/0.mvt", "/tilezen/vector/v1/all/0/0/1.5.mvt",
                                         "/tilezen/vector/v1/all/0/0/1.5", "/tilezen/vector/v1/512/all/0/0/0.0.json",
                                         "/preview/inspect/vector/0/0/0.0.mvt"));
INSTANTIATE_TEST_SUITE_P(Letters, NoRoutes,
                         testing::Values("/tilezen/vector/v1/all/0x1/0/0.mvt", "/tilezen/vector/v1/all/a/b/c.mvt",
                                         "/tilezen/vector/v1/all/1e1/0/0.mvt", "/tilezen/vector/v1/all/ 0/0/0.mvt",
                                         "/tilezen/vector/v1/all/0/0/0 .mvt", "/tilezen/vector/v1/all/{z}/{x}/{y}.mvt",
                                         "/tilezen/vector/v1/all/\xd9\xa1/0/0.mvt",
                                         "/tilezen/vector/v1/512px/all/0/0/0.mvt", "/TILEZEN/vector/v1/all/0/0/0.mvt",
                                         "/tilezen/vector/v1/ALL/0/0/0.mvt"));
INSTANTIATE_TEST_SUITE_P(MissingParts, NoRoutes,
                         testing::Values("", "/tilezen", "/tilezen/vector/v1", "/tilezen/vector/v1/", "/all/0/0.mvt",
                                         "/.json", "/@2x.json", "/tilezen/vector/v1/all", "/tilezen/vector/v1/all/",
                                         "/tilezen/vector/v1/512", "/tilezen/vector/v1/512/all",
                                         "/tilezen/vector/v1/all/0/0.mvt", "/tilezen/vector/v1/all/0/0/0",
                                         "/tilezen/vector/v1/all/0/0/0.", "/tilezen/vector/v1/all/0/0/.mvt",
                                         "/tilezen/vector/v1/0/0/0.mvt", "/tilezen/vector/v1/all/0/0/.",
                                         "/tilezen/vector/v1/all/tilejson.json",
                                         "/tilezen/vector/v1/all/tilejson..json", "/tilezen/vector/v1/all/tilejson.mvt",
                                         "/preview", "/preview/", "/preview/inspect/5/16/11.mvt"));
INSTANTIATE_TEST_SUITE_P(
    TooManyParts, NoRoutes,
    testing::Values("/tilezen/vector/v1/all/0/0/0.mvt/", "/tilezen/vector/v1/all/0/0/0/0.mvt",
                    "/tilezen/vector/v1/512/512/all/0/0/0.mvt", "/tilezen/vector/v1/all/all/0/0/0.mvt",
                    "/tilezen/vector/v1/all/tilejson.mvt.json/", "/tilezen/vector/v1/all/0/tilejson.mvt.json",
                    "/x/tilezen/vector/v1/all/0/0/0.mvt", "/a/b/c/d/e/f/g/h/i/j/k/l/m/n/o/p", "/preview.html/",
                    "/health_check/", "/ready/", "/live/", "/live//", "//health_check/", "/preview/a/b", "live", ""));
INSTANTIATE_TEST_SUITE_P(Others, NoRoutes,
                         testing::Values("*", "/tilezen/vector/v2/all/0/0/0.mvt", "/tilezen/raster/v1/all/0/0/0.mvt",
                                         "/../../etc/passwd", "/tilezen%2Fvector/v1/all/0/0/0.mvt",
                                         "/tilezen/vector/v1/all/0%2f0/0.mvt", "/tilezen/vector/v1/all/0/0/0.mvt%2f",
                                         "/favicon.ico", "/preview/inspect/x/0/0.mvt", "/florence/0/0/0@x.mvt",
                                         "/florence/0/0/0@2.mvt", "/florence/0/0/@2x.mvt", "/florence/0/0/0@2x",
                                         "/florence/0/0/0@-1x.mvt", "/florence/0/0@2x/0.mvt",
                                         "/tilezen/landcover/v1/512/all/tilejson.mvt.json",
                                         "/tilezen/landcover/v2/512/all/0/0/0.mvt",
                                         "/tilezen/landcover/v1/512/all/0/0/0.5.mvt"));

TEST(Routes, a_path_cut_anywhere_is_another_route_or_none_and_never_read_beyond) {
    const std::string whole = "/tilezen/vector/v1/512/all/16/9/5.topojson";
    for (std::size_t size = 0; size < whole.size(); ++size) {
        const std::string cut = whole.substr(0, size);  // an allocation of its own, so that reading on is seen
        const auto found = matched(cut);
        const bool has_format = cut.find('.') != std::string::npos && cut.back() != '.';
        if (size != 1) {
            EXPECT_EQ(found != "none", has_format) << cut << ": " << found;
        }
    }
}

struct RefusedTile {
    TileRoute route;
    const char* message;
};

TEST(CheckedTiles, are_numbers_whatever_zeros_lead_them) {
    const auto tile = check({"0512", "0016", "000009", "00000000000000000000000000000005", "mvt"}, 16);
    ASSERT_TRUE(tile) << tile.error();
    EXPECT_EQ(tile->tile, (TileId{16, 9, 5}));
    EXPECT_EQ(tile->pixel_size, 512U);
    EXPECT_EQ(tile->format, "mvt");
}

TEST(CheckedTiles, reach_to_the_corners_of_the_pyramid) {
    EXPECT_TRUE(check({"", "0", "0", "0", "mvt"}, 16));
    const auto corner = check({"", "16", "65535", "65535", "mvt"}, 16);
    ASSERT_TRUE(corner);
    EXPECT_EQ(corner->tile, (TileId{16, 65535, 65535}));
}

TEST(CheckedTiles, outside_of_the_pyramid_are_refused_in_words_that_say_what_was_expected) {
    const RefusedTile table[] = {
        {{"", "17", "0", "0", "mvt"}, "zoom 17: expected 0 to 16"},
        {{"", "99999999999999999999", "0", "0", "mvt"}, "zoom 99999999999999999999: expected 0 to 16"},
        {{"", "4294967296", "0", "0", "mvt"}, "zoom 4294967296: expected 0 to 16"},
        {{"", "0", "1", "0", "mvt"}, "tile 0/1/0: at zoom 0 x and y go from 0 to 0"},
        {{"", "2", "0", "4", "mvt"}, "tile 2/0/4: at zoom 2 x and y go from 0 to 3"},
        {{"", "16", "65536", "0", "mvt"}, "tile 16/65536/0: at zoom 16 x and y go from 0 to 65535"},
        {{"", "1", "18446744073709551616", "0", "mvt"},
         "tile 1/18446744073709551616/0: at zoom 1 x and y go from 0 to 1"},
        {{"", "1", "4294967296", "0", "mvt"}, "tile 1/4294967296/0: at zoom 1 x and y go from 0 to 1"},
        {{"99999999999999999999", "1", "0", "0", "mvt"},
         "tile size 99999999999999999999: expected 256 times a power of two"},
        {{"4294967552", "1", "0", "0", "mvt"}, "tile size 4294967552: expected 256 times a power of two"},
        {{"4294967552", "17", "0", "0", "mvt"}, "zoom 17: expected 0 to 16"},  // the range comes before the size
    };
    for (const auto& [route, message] : table) {
        const auto tile = check(route, 16);
        ASSERT_FALSE(tile) << message;
        EXPECT_EQ(tile.error(), (Error{Errc::bad_request, message}));
    }
}

TEST(CheckedPixelSizes, are_256_where_the_url_names_none_or_0) {
    EXPECT_EQ(*check_pixel_size(""), 256U);
    EXPECT_EQ(*check_pixel_size("0"), 256U);
    EXPECT_EQ(*check_pixel_size("000"), 256U);
    EXPECT_EQ(*check_pixel_size("256"), 256U);
    EXPECT_EQ(*check_pixel_size("01024"), 1024U);
}

}  // namespace
}  // namespace tapalcatl::service
