#include "tiles/key_pattern.hpp"
#include "tiles/tile_path.hpp"

#include <gtest/gtest.h>

#include <fstream>

namespace tapalcatl {
namespace {

struct KeyCase {
    KeyPattern pattern;
    TileId metatile;
    std::string key;
};

void PrintTo(const KeyCase& c, std::ostream* out) {
    *out << c.key;
}

class KeyLayouts : public testing::TestWithParam<KeyCase> {};

TEST_P(KeyLayouts, make_the_keys_that_tilezen_wrote) {
    EXPECT_EQ(GetParam().pattern.key(GetParam().metatile), GetParam().key);
}

constexpr auto no_hash = KeyLayout::no_hash;
constexpr auto hash_prefix = KeyLayout::hash_prefix;
constexpr auto prefix_hash = KeyLayout::prefix_hash;
constexpr TileId oakland{13, 4008, 3973};

INSTANTIATE_TEST_SUITE_P(
    WithLayer, KeyLayouts,
    testing::Values(KeyCase{{prefix_hash, "abc", "all"}, oakland, "abc/c1315/all/13/4008/3973.zip"},
                    KeyCase{{hash_prefix, "abc", "all"}, oakland, "c1315/abc/all/13/4008/3973.zip"},
                    KeyCase{{no_hash, "abc", "all"}, oakland, "abc/all/13/4008/3973.zip"},
                    KeyCase{{prefix_hash, "", "all"}, oakland, "c1315/all/13/4008/3973.zip"},
                    KeyCase{{hash_prefix, "", "all"}, oakland, "c1315/all/13/4008/3973.zip"},
                    KeyCase{{no_hash, "", "all"}, oakland, "all/13/4008/3973.zip"},
                    KeyCase{{hash_prefix, "180723", "all"}, {10, 511, 430}, "0035e/180723/all/10/511/430.zip"},
                    KeyCase{{prefix_hash, "prefix", "layer"}, {0, 0, 0}, "prefix/fa9bb/layer/0/0/0.zip"}));

INSTANTIATE_TEST_SUITE_P(
    WithoutLayer, KeyLayouts,
    testing::Values(KeyCase{{hash_prefix, "180723", ""}, {10, 14, 719}, "27584/180723/10/14/719.zip"},
                    KeyCase{{prefix_hash, "180723", ""}, {10, 14, 719}, "180723/27584/10/14/719.zip"},
                    KeyCase{{prefix_hash, "", ""}, {10, 14, 719}, "27584/10/14/719.zip"},
                    KeyCase{{no_hash, "180723", ""}, {10, 14, 719}, "180723/10/14/719.zip"},
                    KeyCase{{no_hash, "", ""}, {10, 14, 719}, "10/14/719.zip"}));

INSTANTIATE_TEST_SUITE_P(
    PartsWithSlashes, KeyLayouts,
    testing::Values(KeyCase{{hash_prefix, "a/b", "all"}, oakland, "c1315/a/b/all/13/4008/3973.zip"},
                    KeyCase{{no_hash, "a/b", "x/y"}, oakland, "a/b/x/y/13/4008/3973.zip"}));

TEST(KeyLayoutNames, are_those_of_key_format_type) {
    for (const auto layout : {no_hash, hash_prefix, prefix_hash}) {
        const auto parsed = parse_key_layout(name_of(layout));
        ASSERT_TRUE(parsed) << parsed.error();
        EXPECT_EQ(*parsed, layout);
    }
    for (const auto* wrong : {"", "no_hash", "HASH", "PREFIX_HASH "}) {
        const auto parsed = parse_key_layout(wrong);
        ASSERT_FALSE(parsed) << wrong;
        EXPECT_EQ(parsed.error().code, Errc::usage);
    }
}

/// The text between `before` and the next quote; empty if there is none.
std::string_view quoted_after(std::string_view line, std::string_view before) {
    const auto at = line.find(before);
    if (at == std::string_view::npos) {
        return {};
    }
    const auto start = at + before.size();
    return line.substr(start, line.find('"', start) - start);
}

struct TreeCase {
    std::string file;
    KeyPattern pattern;
    std::size_t metatiles;
};

void PrintTo(const TreeCase& c, std::ostream* out) {
    *out << c.file;
}

class RealTrees : public testing::TestWithParam<TreeCase> {};

TEST_P(RealTrees, have_the_keys_that_the_pattern_makes) {
    std::ifstream list(std::string(TAPALCATL_SOURCE_DIR "/../shared/data/") + GetParam().file);
    if (!list) {
        GTEST_SKIP() << "the shared test data is not here";
    }
    std::size_t checked = 0;
    for (std::string line; std::getline(list, line);) {
        const auto metatile = parse_tile_path(std::string(quoted_after(line, R"("meta": ")")) + ".zip");
        ASSERT_TRUE(metatile) << metatile.error();
        ASSERT_EQ(GetParam().pattern.key(metatile->tile), quoted_after(line, R"("key": ")"));
        ++checked;
    }
    EXPECT_EQ(checked, GetParam().metatiles);
}

INSTANTIATE_TEST_SUITE_P(Firenze, RealTrees,
                         testing::Values(TreeCase{"firenze-metatiles.jsonl", {prefix_hash, "firenze", "all"}, 108},
                                         TreeCase{"firenze-metatiles-formats.jsonl", {no_hash, "firenze", "all"}, 17}),
                         [](const auto& tree) { return tree.index == 0 ? "mvt" : "formats"; });

}  // namespace
}  // namespace tapalcatl
