#include "doctor/key_survey.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tapalcatl::doctor {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

const KeyPattern usual;  // PREFIX_HASH, no prefix, layer all

KeyPattern pattern_of(KeyLayout layout, std::string prefix, std::string layer = "all") {
    return {layout, std::move(prefix), std::move(layer)};
}

std::string recognised(std::string_view key, const KeyPattern& configured = usual) {
    const auto found = recognise_key(key, configured);
    return found ? fmt::format("{}: {}", describe(found->pattern), to_string(found->metatile)) : "none";
}

struct PatternCase {
    KeyPattern pattern;
};
void PrintTo(const PatternCase& of, std::ostream* out) {
    *out << describe(of.pattern);
}
class EveryPattern : public testing::TestWithParam<PatternCase> {};

TEST_P(EveryPattern, is_recognised_by_its_keys_whatever_is_configured) {
    const auto& want = GetParam().pattern;
    for (const TileId metatile : {TileId{0, 0, 0}, TileId{13, 4008, 3973}, TileId{16, 65535, 0}}) {
        for (const auto& configured : {usual, want, pattern_of(KeyLayout::no_hash, "x/y", "")}) {
            const auto key = want.key(metatile);
            const auto found = recognise_key(key, configured);
            ASSERT_TRUE(found) << key;
            EXPECT_EQ(found->metatile, metatile) << key;
            EXPECT_TRUE(make_same_keys(found->pattern, want)) << key << ": " << describe(found->pattern);
        }
    }
}

INSTANTIATE_TEST_SUITE_P(Keys, EveryPattern,
                         testing::Values(PatternCase{usual},
                                         PatternCase{pattern_of(KeyLayout::prefix_hash, "20260901")},
                                         PatternCase{pattern_of(KeyLayout::prefix_hash, "a/b", "")},
                                         PatternCase{pattern_of(KeyLayout::hash_prefix, "20260901")},
                                         PatternCase{pattern_of(KeyLayout::hash_prefix, "180723", "")},
                                         PatternCase{pattern_of(KeyLayout::hash_prefix, "")},
                                         PatternCase{pattern_of(KeyLayout::no_hash, "")},
                                         PatternCase{pattern_of(KeyLayout::no_hash, "", "")},
                                         PatternCase{pattern_of(KeyLayout::no_hash, "demo")},
                                         PatternCase{pattern_of(KeyLayout::no_hash, "a b/\xc3\xbc", "x")},
                                         PatternCase{pattern_of(KeyLayout::no_hash, "c1315/12/7", "5")}));

TEST(KeyRecognition, computes_the_hash_so_that_what_only_looks_like_one_is_a_name) {
    EXPECT_EQ(recognised("abc/c1315/all/13/4008/3973.zip"), "PREFIX_HASH, prefix abc, layer all: 13/4008/3973");
    EXPECT_EQ(recognised("abc/c1316/all/13/4008/3973.zip"), "NO_HASH, prefix abc/c1316, layer all: 13/4008/3973");
}

TEST(KeyRecognition, says_neither_more_nor_less_of_the_layer_than_is_configured) {
    EXPECT_EQ(recognised("20260901/3/1/2.zip"), "NO_HASH, prefix 20260901, no layer: 3/1/2");
    EXPECT_EQ(recognised("roads/3/1/2.zip"), "NO_HASH, no prefix, layer roads: 3/1/2");
    EXPECT_EQ(recognised("roads/3/1/2.zip", pattern_of(KeyLayout::no_hash, "roads")),
              "NO_HASH, prefix roads, no layer: 3/1/2");
    EXPECT_EQ(recognised("b/7/3/1/2.zip", pattern_of(KeyLayout::no_hash, "c", "7")),
              "NO_HASH, prefix b, layer 7: 3/1/2");
}

TEST(KeyRecognition, leaves_out_what_is_no_metatile) {
    for (const auto* key :
         {"", "/", ".zip", "all/1/0/0", "all/1/0/0.ZIP", "all/1/2/0.zip", "all/1/0/2.zip", "all/31/0/0.zip",
          "all/01/0/0.zip", "all/1/0/00.zip", "all/1/-0/0.zip", "all//1/0/0.zip", "/all/1/0/0.zip", "1/0.zip", "0.zip",
          "all/1/0/0.zip/", "all/99999999999999999999/0/0.zip", "all/1/0/0.5.zip", "readme.txt"}) {
        EXPECT_EQ(recognised(key), "none") << key;
    }
}

TEST(KeyRecognition, takes_keys_that_are_cut_short_anywhere) {
    const std::string key = "abc/c1315/all/13/4008/3973.zip";
    for (std::size_t size = 0; size < key.size(); ++size) {
        EXPECT_EQ(recognised(std::string_view(key).substr(0, size)), "none") << size;
        EXPECT_NE(recognised(std::string_view(key).substr(size)), "") << size;
    }
}

std::vector<std::string> keys_of(const KeyPattern& pattern, unsigned zoom, std::uint32_t count) {
    std::vector<std::string> keys;
    for (std::uint32_t x = 0; x < count; ++x) {
        keys.push_back(pattern.key({zoom, x, 0}));
    }
    return keys;
}

std::vector<std::string> operator+(std::vector<std::string> a, const std::vector<std::string>& b) {
    a.insert(a.end(), b.begin(), b.end());
    return a;
}

TEST(KeySurveys, count_kinds_and_put_the_most_frequent_first) {
    const auto old_build = pattern_of(KeyLayout::hash_prefix, "180723");
    const auto new_build = pattern_of(KeyLayout::hash_prefix, "200901");
    const auto kinds = survey_keys(
        keys_of(new_build, 3, 2) + std::vector<std::string>{"index.html"} + keys_of(old_build, 12, 5), usual);
    ASSERT_EQ(kinds.size(), 2U);
    EXPECT_TRUE(make_same_keys(kinds[0].pattern, old_build));
    EXPECT_EQ(kinds[0].metatiles.size(), 5U);
    EXPECT_EQ(kinds[0].deepest_zoom(), 12U);
    EXPECT_TRUE(make_same_keys(kinds[1].pattern, new_build));
}

std::string chosen(const std::vector<std::string>& keys, const KeyPattern& configured) {
    const auto kinds = survey_keys(keys, configured);
    const auto* kind = choose_kind(kinds, configured);
    return kind == nullptr ? "none" : describe(kind->pattern);
}

TEST(KeyChoices, prefer_what_is_configured_then_its_prefix_then_the_last_build) {
    const auto other = keys_of(pattern_of(KeyLayout::hash_prefix, "180723"), 5, 9);
    const auto last = keys_of(pattern_of(KeyLayout::hash_prefix, "200901"), 5, 8);
    const auto stray = keys_of(pattern_of(KeyLayout::no_hash, "zzz"), 5, 1);
    const auto configured = pattern_of(KeyLayout::no_hash, "180723", "water");
    EXPECT_EQ(chosen(other + last + stray + keys_of(configured, 1, 1), configured),
              "NO_HASH, prefix 180723, layer water");
    EXPECT_EQ(chosen(other + last + stray, configured), "HASH_PREFIX, prefix 180723, layer all");
    EXPECT_EQ(chosen(other + last + stray, usual), "HASH_PREFIX, prefix 200901, layer all");
    EXPECT_EQ(chosen({"index.html"}, usual), "none");
}

TEST(KeyAdvice, names_what_differs_and_nothing_else) {
    EXPECT_THAT(key_advice(usual, pattern_of(KeyLayout::prefix_hash, "b")), ElementsAre(Advice{"S3_PREFIX", "b"}));
    EXPECT_THAT(key_advice(pattern_of(KeyLayout::prefix_hash, "b"), pattern_of(KeyLayout::no_hash, "b", "")),
                ElementsAre(Advice{"S3_LAYER", ""}, Advice{"KEY_FORMAT_TYPE", "NO_HASH"}));
    // The same keys, told otherwise.
    EXPECT_THAT(key_advice(pattern_of(KeyLayout::no_hash, "a/all", ""), pattern_of(KeyLayout::no_hash, "a")),
                IsEmpty());
    EXPECT_THAT(key_advice(pattern_of(KeyLayout::hash_prefix, ""), usual), IsEmpty());
}

TEST(KeyAdvice, applied_makes_the_keys_that_there_are) {
    for (const auto& there_are :
         {pattern_of(KeyLayout::hash_prefix, "b", ""), pattern_of(KeyLayout::no_hash, "b/c", "d"), usual}) {
        auto settings = pattern_of(KeyLayout::prefix_hash, "wrong", "wrong");
        for (const auto& [variable, value] : key_advice(settings, there_are)) {
            if (variable == "S3_PREFIX") {
                settings.prefix = value;
            } else if (variable == "S3_LAYER") {
                settings.layer = value;
            } else {
                settings.layout = *parse_key_layout(value);
            }
        }
        EXPECT_TRUE(make_same_keys(settings, there_are)) << describe(settings);
    }
}

TEST(PossiblePrefixes, are_folders_that_are_no_hashes) {
    const std::vector<std::string> folders{"00a1f/", "20260901/", "all/", "ABCDE/", "fffff/", "/"};
    EXPECT_THAT(possible_prefixes(folders), ElementsAre("20260901", "all", "ABCDE"));
}

TEST(PickedMetatiles, begin_shallow_and_end_deep_each_once) {
    KeyKind kind{usual, {{5, 1, 1}, {0, 0, 0}, {7, 3, 3}, {7, 9, 9}, {6, 2, 2}}};
    EXPECT_THAT(pick_metatiles(kind), ElementsAre(TileId{0, 0, 0}, TileId{6, 2, 2}, TileId{7, 3, 3}, TileId{7, 9, 9}));
    kind.metatiles = {{3, 1, 1}};
    EXPECT_THAT(pick_metatiles(kind), ElementsAre(TileId{3, 1, 1}));
}

}  // namespace
}  // namespace tapalcatl::doctor
