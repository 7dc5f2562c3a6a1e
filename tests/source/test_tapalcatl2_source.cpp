#include "source/tapalcatl2_source.hpp"

#include "tests/source/fixture.hpp"

namespace tapalcatl::tests {
namespace {

const Tapalcatl2Scheme landcover{.materialized_zooms = {0, 7}, .metatile_size = 1, .tile_scale = 2};

TEST_F(ArchivesTest, a_tapalcatl_2_tile_comes_from_the_archive_materialized_above_it) {
    const source::Tapalcatl2Source tiles(shared_archives(), landcover, KeyPattern{KeyLayout::no_hash, "abc", "all"});
    const source::TileRequest request{TileId{12, 2179, 1421}, 512, "mvt"};
    const auto place = tiles.locate(request);
    ASSERT_TRUE(place) << place.error();
    EXPECT_EQ(place->key, "abc/all/7/68/44.zip");
    EXPECT_EQ(place->entry, "12/2179/1421@2x.mvt");
    EXPECT_EQ(place->metatile, (TileId{7, 68, 44}));
    EXPECT_EQ(place->offset, (TileId{12, 2179, 1421}));

    storage.put(place->key, make_archive({{"12/2179/1421@2x.mvt", "tile"}, {"12/2179/1421.mvt", "another"}}));
    EXPECT_FALSE(tiles.find(request));
    const auto found = run(context, tiles.read(request, std::chrono::steady_clock::now() + std::chrono::seconds(20)));
    EXPECT_EQ(content_of(found), "tile");
    EXPECT_TRUE(tiles.find(request));
}

TEST_F(ArchivesTest, a_tapalcatl_2_key_is_hashed_as_those_of_metatiles) {
    const source::Tapalcatl2Source tiles(shared_archives(), Tapalcatl2Scheme{{13}, 1, 1},
                                         KeyPattern{KeyLayout::prefix_hash, "abc", "all"});
    EXPECT_EQ(tiles.locate({TileId{13, 4008, 3973}, 256, "mvt"})->key, "abc/c1315/all/13/4008/3973.zip");
}

TEST_F(ArchivesTest, a_tapalcatl_2_source_has_tiles_of_one_size) {
    const source::Tapalcatl2Source tiles(shared_archives(), landcover, KeyPattern{});
    for (const auto size : {0U, 1U, 256U, 511U, 1024U}) {
        const auto place = tiles.locate({TileId{10, 1, 1}, size, "mvt"});
        ASSERT_FALSE(place) << size;
        EXPECT_EQ(place.error(), (Error{Errc::bad_request, fmt::format("tile size {}: expected 512", size)}));
    }
}

TEST_F(ArchivesTest, a_tapalcatl_2_tile_above_all_archives_is_missing) {
    const source::Tapalcatl2Source tiles(shared_archives(), Tapalcatl2Scheme{{7}, 1, 2}, KeyPattern{});
    const auto place = tiles.locate({TileId{6, 1, 1}, 512, "mvt"});
    ASSERT_FALSE(place);
    EXPECT_EQ(place.error().code, Errc::not_found);
}

}  // namespace
}  // namespace tapalcatl::tests
