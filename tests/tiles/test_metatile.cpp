#include "tiles/metatile.hpp"

#include <gtest/gtest.h>

#include <set>
#include <tuple>

namespace tapalcatl {
namespace {

struct AddressCase {
    unsigned metatile_size;
    unsigned tile_size;
    TileId tile, metatile, offset;
};

void PrintTo(const AddressCase& c, std::ostream* out) {
    *out << "size " << c.metatile_size << ", tile size " << c.tile_size << ", " << c.tile;
}

class TileAddressing : public testing::TestWithParam<AddressCase> {};

TEST_P(TileAddressing, finds_the_tile_inside_its_metatile) {
    const auto& want = GetParam();
    const auto found = locate(want.tile, want.tile_size, {.metatile_size = want.metatile_size, .max_detail_zoom = {}});
    ASSERT_TRUE(found) << found.error();
    EXPECT_EQ(found->metatile, want.metatile);
    EXPECT_EQ(found->offset, want.offset);
}

INSTANTIATE_TEST_SUITE_P(MetatileSizes, TileAddressing,
                         testing::Values(AddressCase{1, 1, {12, 637, 936}, {12, 637, 936}, {0, 0, 0}},
                                         AddressCase{2, 1, {12, 637, 936}, {11, 318, 468}, {1, 1, 0}},
                                         AddressCase{4, 1, {16, 9, 5}, {14, 2, 1}, {2, 1, 1}},
                                         AddressCase{8, 1, {12, 637, 935}, {9, 79, 116}, {3, 5, 7}},
                                         AddressCase{16, 1, {12, 637, 935}, {8, 39, 58}, {4, 13, 7}}));

INSTANTIATE_TEST_SUITE_P(PixelSizes, TileAddressing,
                         testing::Values(AddressCase{2, 2, {12, 637, 936}, {12, 637, 936}, {0, 0, 0}},
                                         AddressCase{4, 2, {16, 9, 5}, {15, 4, 2}, {1, 1, 1}},
                                         AddressCase{4, 4, {16, 9, 5}, {16, 9, 5}, {0, 0, 0}},
                                         AddressCase{16, 8, {12, 637, 935}, {11, 318, 467}, {1, 1, 1}}));

INSTANTIATE_TEST_SUITE_P(TooShallowForAWholeMetatile, TileAddressing,
                         testing::Values(AddressCase{1, 1, {0, 0, 0}, {0, 0, 0}, {0, 0, 0}},
                                         AddressCase{2, 1, {0, 0, 0}, {0, 0, 0}, {0, 0, 0}},
                                         AddressCase{4, 1, {1, 1, 0}, {0, 0, 0}, {1, 1, 0}},
                                         AddressCase{4, 1, {2, 3, 1}, {0, 0, 0}, {2, 3, 1}},
                                         AddressCase{16, 1, {3, 7, 5}, {0, 0, 0}, {3, 7, 5}},
                                         AddressCase{8, 2, {1, 0, 1}, {0, 0, 0}, {1, 0, 1}}));

INSTANTIATE_TEST_SUITE_P(
    DeepestCorner, TileAddressing,
    testing::Values(AddressCase{4, 1, {31, 0x7fffffff, 0x7fffffff}, {29, 0x1fffffff, 0x1fffffff}, {2, 3, 3}},
                    AddressCase{0x80000000, 1, {31, 0x7fffffff, 5}, {0, 0, 0}, {31, 0x7fffffff, 5}},
                    AddressCase{0x80000000, 0x80000000, {31, 1, 5}, {31, 1, 5}, {0, 0, 0}}));

struct FallbackCase {
    unsigned tile_size, z, metatile_z, offset_z;
};

class MaxDetailZoom : public testing::TestWithParam<FallbackCase> {};

TEST_P(MaxDetailZoom, takes_smaller_tiles_of_the_deepest_metatiles_for_larger_ones_below) {
    const auto& want = GetParam();
    const TileId tile{want.z, 5, 3};
    const auto found = locate(tile, want.tile_size, {.metatile_size = 4, .max_detail_zoom = 14});
    ASSERT_TRUE(found) << found.error();
    EXPECT_EQ(found->metatile, (TileId{want.metatile_z, 5U >> want.offset_z, 3U >> want.offset_z}));
    EXPECT_EQ(found->offset, (TileId{want.offset_z, 5U % (1U << want.offset_z), 3U % (1U << want.offset_z)}));
}

INSTANTIATE_TEST_SUITE_P(SizeFour, MaxDetailZoom,
                         testing::Values(FallbackCase{4, 14, 14, 0}, FallbackCase{4, 15, 14, 1},
                                         FallbackCase{4, 16, 14, 2}, FallbackCase{4, 17, 15, 2},
                                         FallbackCase{4, 18, 16, 2}, FallbackCase{2, 15, 14, 1},
                                         FallbackCase{2, 16, 14, 2}, FallbackCase{2, 17, 15, 2},
                                         FallbackCase{1, 16, 14, 2}, FallbackCase{1, 17, 15, 2},
                                         FallbackCase{1, 15, 13, 2}, FallbackCase{2, 13, 12, 1}));

TEST(MaxDetailZoomOfZero, keeps_everything_in_the_one_metatile_as_far_as_it_reaches) {
    const MetatileScheme scheme{.metatile_size = 4, .max_detail_zoom = 0};
    EXPECT_EQ(*locate({2, 3, 1}, 4, scheme), (TileAddress{{0, 0, 0}, {2, 3, 1}}));
    EXPECT_EQ(*locate({3, 7, 1}, 4, scheme), (TileAddress{{1, 1, 0}, {2, 3, 1}}));
}

TEST(Locate, refuses_sizes_that_are_no_powers_of_two) {
    for (const unsigned size : {0U, 3U, 5U, 6U, 12U, 0xffffffffU}) {
        const auto bad_metatile = locate({1, 0, 0}, 1, {.metatile_size = size, .max_detail_zoom = {}});
        ASSERT_FALSE(bad_metatile) << size;
        EXPECT_EQ(bad_metatile.error().code, Errc::bad_request);
        const auto bad_tile = locate({1, 0, 0}, size, {});
        ASSERT_FALSE(bad_tile) << size;
        EXPECT_EQ(bad_tile.error().code, Errc::bad_request);
    }
}

TEST(Locate, refuses_tiles_larger_than_their_metatile) {
    const auto found = locate({1, 0, 0}, 8, {.metatile_size = 4, .max_detail_zoom = {}});
    ASSERT_FALSE(found);
    EXPECT_EQ(found.error(), (Error{Errc::bad_request, "tile size 8: expected at most the metatile's, 4"}));
}

/// Calls `visit(tile, tile_size, scheme)` for every scheme, tile size and tile of the pyramids down to zoom 6.
template <class Visitor>
void for_every_small_pyramid(Visitor visit) {
    for (const unsigned metatile_size : {1U, 2U, 4U, 8U, 16U}) {
        for (unsigned limit = 0; limit <= 7; ++limit) {
            const MetatileScheme scheme{
                .metatile_size = metatile_size,
                .max_detail_zoom = limit < 7 ? std::optional(limit) : std::nullopt,
            };
            for (unsigned tile_size = 1; tile_size <= metatile_size; tile_size *= 2) {
                visit(tile_size, scheme);
            }
        }
    }
}

template <class Visitor>
void for_every_tile(unsigned max_zoom, Visitor visit) {
    for (unsigned z = 0; z <= max_zoom; ++z) {
        for (std::uint32_t x = 0; x < 1U << z; ++x) {
            for (std::uint32_t y = 0; y < 1U << z; ++y) {
                visit(TileId{z, x, y});
            }
        }
    }
}

TEST(EveryTileOfASmallPyramid, lies_at_its_offset_inside_its_metatile) {
    for_every_small_pyramid([](unsigned tile_size, const MetatileScheme& scheme) {
        for_every_tile(6, [&](TileId tile) {
            const auto found = locate(tile, tile_size, scheme);
            ASSERT_TRUE(found) << found.error();
            const auto& [metatile, offset] = *found;
            // The offset, put back under the metatile, is the tile: so the tile lies in the metatile's extent.
            ASSERT_EQ(metatile.z + offset.z, tile.z) << tile;
            ASSERT_EQ((metatile.x << offset.z) + offset.x, tile.x) << tile;
            ASSERT_EQ((metatile.y << offset.z) + offset.y, tile.y) << tile;
            ASSERT_LT(offset.x, 1U << offset.z) << tile;
            ASSERT_LT(offset.y, 1U << offset.z) << tile;
            // The metatile goes no deeper than its 256-pixel tiles.
            ASSERT_LE(1U << offset.z, scheme.metatile_size) << tile;
        });
    });
}

TEST(EveryTileOfASmallPyramid, has_a_place_of_its_own) {
    for_every_small_pyramid([](unsigned tile_size, const MetatileScheme& scheme) {
        using Place = std::tuple<unsigned, std::uint32_t, std::uint32_t, unsigned, std::uint32_t, std::uint32_t>;
        std::set<Place> taken;
        for_every_tile(5, [&](TileId tile) {
            const auto found = locate(tile, tile_size, scheme);
            ASSERT_TRUE(found) << found.error();
            const auto& [metatile, offset] = *found;
            ASSERT_TRUE(taken.emplace(metatile.z, metatile.x, metatile.y, offset.z, offset.x, offset.y).second) << tile;
        });
    });
}

TEST(EveryTileOfASmallPyramid, stays_where_it_was_until_the_limit_of_detail) {
    for_every_small_pyramid([](unsigned tile_size, const MetatileScheme& scheme) {
        for_every_tile(5, [&](TileId tile) {
            const auto limited = locate(tile, tile_size, scheme);
            const auto unlimited = locate(tile, tile_size, {scheme.metatile_size, std::nullopt});
            ASSERT_TRUE(limited && unlimited);
            if (!scheme.max_detail_zoom || unlimited->metatile.z <= *scheme.max_detail_zoom) {
                ASSERT_EQ(*limited, *unlimited) << tile;
            } else {
                ASSERT_GE(limited->metatile.z, *scheme.max_detail_zoom) << tile;
            }
        });
    });
}

TEST(TileIds, print_as_people_write_them) {
    EXPECT_EQ(to_string(TileId{13, 4008, 3973}), "13/4008/3973");
    EXPECT_EQ(to_string(TileId{31, 0x7fffffff, 0}), "31/2147483647/0");
}

}  // namespace
}  // namespace tapalcatl
