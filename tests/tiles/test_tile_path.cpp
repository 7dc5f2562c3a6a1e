#include "tiles/tile_path.hpp"

#include <gtest/gtest.h>

namespace tapalcatl {
namespace {

TEST(TilePaths, are_zoom_x_y_and_format) {
    EXPECT_EQ(*parse_tile_path("3/4/2.mvt"), (TilePath{{3, 4, 2}, "mvt"}));
    EXPECT_EQ(*parse_tile_path("0/0/0.topojson"), (TilePath{{0, 0, 0}, "topojson"}));
    EXPECT_EQ(*parse_tile_path("31/2147483647/2147483647.x"), (TilePath{{31, 2147483647, 2147483647}, "x"}));
}

TEST(TilePaths, may_have_leading_zeros_and_dots_in_the_format) {
    EXPECT_EQ(*parse_tile_path("003/04/00000000000000000000002.mvt"), (TilePath{{3, 4, 2}, "mvt"}));
    EXPECT_EQ(*parse_tile_path("3/4/2.mvt.gz"), (TilePath{{3, 4, 2}, "mvt.gz"}));
}

TEST(TilePaths, are_refused_cut_at_any_length_before_the_format) {
    const std::string_view good = "3/4/2.m";
    for (std::size_t size = 0; size < good.size(); ++size) {
        EXPECT_FALSE(parse_tile_path(good.substr(0, size))) << size;
    }
}

struct WrongPath {
    std::string_view text, message;
};

class WrongTilePaths : public testing::TestWithParam<WrongPath> {};

TEST_P(WrongTilePaths, are_refused_with_the_value_and_what_was_expected) {
    const auto parsed = parse_tile_path(GetParam().text);
    ASSERT_FALSE(parsed);
    EXPECT_EQ(parsed.error(), (Error{Errc::usage, std::string(GetParam().message)}));
}

INSTANTIATE_TEST_SUITE_P(
    Values, WrongTilePaths,
    testing::Values(WrongPath{"3/8/2.mvt", "tile '3/8/2.mvt': x 8: expected 0 to 7 at zoom 3"},
                    WrongPath{"3/4/8.mvt", "tile '3/4/8.mvt': y 8: expected 0 to 7 at zoom 3"},
                    WrongPath{"0/0/1.mvt", "tile '0/0/1.mvt': y 1: expected 0 to 0 at zoom 0"},
                    WrongPath{"32/0/0.mvt", "tile '32/0/0.mvt': zoom 32: expected 0 to 31"},
                    WrongPath{"99999999999999999999/0/0.mvt",
                              "tile '99999999999999999999/0/0.mvt': zoom 99999999999999999999: expected 0 to 31"},
                    WrongPath{
                        "3/18446744073709551616/0.mvt",
                        "tile '3/18446744073709551616/0.mvt': x 18446744073709551616: expected 0 to 7 at zoom 3"}));

TEST(TilePaths, of_another_form_are_refused_with_an_example) {
    for (const auto* text : {"", "/", "3/4", "3/4/2", "3/4/2.", "/3/4/2.mvt", "3/4/2.mvt/", "3/4/2/1.mvt", "-3/4/2.mvt",
                             "3/+4/2.mvt", "3/4/2.5/1.mvt", "3/4/ 2.mvt", "3//2.mvt", "a/b/c.mvt", "3/4/.mvt",
                             "3/4/2.5.mvt", "3/4/2.5", "3/4.5/2.mvt"}) {
        const auto parsed = parse_tile_path(text);
        ASSERT_FALSE(parsed) << text;
        EXPECT_EQ(parsed.error().code, Errc::usage) << text;
        EXPECT_NE(parsed.error().message.find("expected Z/X/Y.FORMAT"), std::string::npos) << text;
    }
}

TEST(TilePathErrors, never_carry_control_characters_into_the_message) {
    const auto parsed = parse_tile_path("3/4/\x1b[31m\n.mvt");
    ASSERT_FALSE(parsed);
    EXPECT_EQ(parsed.error().message.find_first_of("\x1b\n"), std::string::npos);
}

}  // namespace
}  // namespace tapalcatl
