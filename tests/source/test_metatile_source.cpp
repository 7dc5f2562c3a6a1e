#include "source/metatile_source.hpp"

#include "tests/source/fixture.hpp"

namespace tapalcatl::tests {
namespace {

TEST_F(ArchivesTest, a_tile_comes_from_its_metatile) {
    const source::MetatileSource tiles(shared_archives(), MetatileScheme{4, std::nullopt},
                                       KeyPattern{KeyLayout::prefix_hash, "abc", "all"});
    const source::TileRequest request{TileId{15, 16034, 15895}, 256, "mvt"};
    const auto place = tiles.locate(request);
    ASSERT_TRUE(place) << place.error();
    EXPECT_EQ(place->key, "abc/c1315/all/13/4008/3973.zip");
    EXPECT_EQ(place->entry, "2/2/3.mvt");

    storage.put(place->key, make_archive({{"2/2/3.mvt", "tile"}}));
    EXPECT_FALSE(tiles.find(request));
    const auto found = run(context, tiles.read(request, std::chrono::steady_clock::now() + std::chrono::seconds(20)));
    EXPECT_EQ(content_of(found), "tile");
    EXPECT_TRUE(tiles.find(request));
}

TEST_F(ArchivesTest, a_request_may_name_another_prefix_and_layer) {
    const source::MetatileSource tiles(shared_archives(), MetatileScheme{4, std::nullopt},
                                       KeyPattern{KeyLayout::prefix_hash, "abc", "all"});
    const TileId tile{15, 16034, 15895};
    EXPECT_EQ(tiles.locate({tile, 256, "mvt", "def", ""})->key, "def/c1315/all/13/4008/3973.zip");
    const auto other_layer = KeyPattern{KeyLayout::prefix_hash, "abc", "water"}.key({13, 4008, 3973});
    EXPECT_EQ(tiles.locate({tile, 256, "mvt", "", "water"})->key, other_layer);
}

TEST_F(ArchivesTest, pixel_sizes_that_metatiles_cannot_have_are_refused) {
    const source::MetatileSource tiles(shared_archives(), MetatileScheme{4, std::nullopt}, KeyPattern{});
    for (const auto size : {0U, 1U, 128U, 257U, 768U, 2048U}) {
        const auto place = tiles.locate({TileId{10, 1, 1}, size, "mvt"});
        ASSERT_FALSE(place) << size;
        EXPECT_EQ(place.error().code, Errc::bad_request);
    }
    for (const auto size : {256U, 512U, 1024U}) {
        EXPECT_TRUE(tiles.locate({TileId{10, 1, 1}, size, "mvt"})) << size;
    }
}

}  // namespace
}  // namespace tapalcatl::tests
