#include "tiles/mercator.hpp"

#include <gtest/gtest.h>

namespace tapalcatl {
namespace {

constexpr Bounds florence{11.1, 43.7, 11.4, 43.85};
constexpr Bounds fiji{177, -19, -178, -16};  // crosses the 180th meridian

struct BoxCase {
    Bounds bounds;
    TileId tile;
    bool touches;
};

class Box : public testing::TestWithParam<BoxCase> {};

TEST_P(Box, touches_the_tiles_that_show_some_of_it) {
    const auto& [bounds, tile, touches] = GetParam();
    EXPECT_EQ(MercatorBox(bounds).touches(tile), touches) << tile;
}

INSTANTIATE_TEST_SUITE_P(
    Mercator, Box,
    testing::Values(BoxCase{world_bounds, {0, 0, 0}, true}, BoxCase{world_bounds, {16, 65535, 65535}, true},
                    BoxCase{florence, {0, 0, 0}, true}, BoxCase{florence, {8, 136, 93}, true},
                    BoxCase{florence, {8, 135, 93}, true}, BoxCase{florence, {8, 134, 93}, false},
                    BoxCase{florence, {8, 137, 93}, false}, BoxCase{florence, {8, 136, 94}, false},
                    BoxCase{florence, {8, 136, 92}, false}, BoxCase{florence, {1, 0, 0}, false},
                    BoxCase{fiji, {4, 15, 8}, true}, BoxCase{fiji, {4, 0, 8}, true}, BoxCase{fiji, {4, 8, 8}, false},
                    // The north-east quarter: its neighbours share an edge with it.
                    BoxCase{{0, 0, 180, 90}, {1, 1, 0}, true}, BoxCase{{0, 0, 180, 90}, {1, 0, 0}, true},
                    BoxCase{{0, 0, 180, 90}, {2, 0, 0}, false}, BoxCase{{0, 0, 180, 90}, {2, 2, 3}, false},
                    // A point.
                    BoxCase{{11.25, 43.77, 11.25, 43.77}, {16, 34816, 23888}, true},
                    BoxCase{{11.25, 43.77, 11.25, 43.77}, {16, 34818, 23888}, false}));

}  // namespace
}  // namespace tapalcatl
