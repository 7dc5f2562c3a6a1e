#include "tiles/tapalcatl2.hpp"

#include <gtest/gtest.h>

namespace tapalcatl {
namespace {

struct ArchiveCase {
    std::vector<unsigned> materialized_zooms;
    unsigned metatile_size;
    TileId tile, archive;
};

class Tapalcatl2Archives : public testing::TestWithParam<ArchiveCase> {};

TEST_P(Tapalcatl2Archives, are_at_the_greatest_materialized_zoom_that_is_not_below_the_tile) {
    const auto& want = GetParam();
    const auto archive = archive_of(want.tile, {want.materialized_zooms, want.metatile_size, 1});
    ASSERT_TRUE(archive);
    EXPECT_EQ(*archive, want.archive);
}

INSTANTIATE_TEST_SUITE_P(LandCover, Tapalcatl2Archives,
                         testing::Values(ArchiveCase{{0, 7}, 1, {0, 0, 0}, {0, 0, 0}},
                                         ArchiveCase{{0, 7}, 1, {6, 63, 1}, {0, 0, 0}},
                                         ArchiveCase{{0, 7}, 1, {7, 127, 3}, {7, 127, 3}},
                                         ArchiveCase{{0, 7}, 1, {8, 255, 6}, {7, 127, 3}},
                                         ArchiveCase{{0, 7}, 1, {12, 4095, 100}, {7, 127, 3}}));
INSTANTIATE_TEST_SUITE_P(Blocks, Tapalcatl2Archives,
                         testing::Values(ArchiveCase{{0, 4}, 4, {4, 9, 10}, {4, 8, 8}},
                                         ArchiveCase{{0, 4}, 4, {6, 39, 43}, {4, 8, 8}},
                                         ArchiveCase{{2}, 8, {2, 3, 3}, {2, 0, 0}},  // larger than its zoom
                                         ArchiveCase{{5}, 3, {5, 31, 5}, {5, 30, 3}}));
INSTANTIATE_TEST_SUITE_P(Zooms, Tapalcatl2Archives,
                         testing::Values(ArchiveCase{{7, 0, 3}, 1, {5, 31, 16}, {3, 7, 4}},  // in any order
                                         ArchiveCase{{31}, 1, {31, 2147483647, 0}, {31, 2147483647, 0}},
                                         ArchiveCase{{0}, 1, {31, 2147483647, 2147483647}, {0, 0, 0}}));

TEST(Tapalcatl2ArchivesAbove, all_materialized_zooms_do_not_exist) {
    EXPECT_FALSE(archive_of({6, 1, 1}, {{7}, 1, 1}));
    EXPECT_FALSE(archive_of({6, 1, 1}, {{}, 1, 1}));
}

TEST(Tapalcatl2Entries, are_called_after_the_tile_itself_and_its_scale) {
    EXPECT_EQ(entry_of({12, 4095, 100}, 2, "mvt"), "12/4095/100@2x.mvt");
    EXPECT_EQ(entry_of({0, 0, 0}, 1, "txt"), "0/0/0.txt");
    EXPECT_EQ(entry_of({3, 1, 2}, 4, "png"), "3/1/2@4x.png");
}

}  // namespace
}  // namespace tapalcatl
