#include "doctor/key_search.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

namespace tapalcatl::doctor {
namespace {

using testing::SizeIs;

const Place vaduz{9.52, 47.14};
const std::vector<Place> places{vaduz, {139.76, 35.68}};

struct Objects {
    std::set<std::string> keys;
    std::size_t asked = 0;
    std::size_t fails_after = 1'000'000;

    Result<bool> has(const std::string& key) {
        if (++asked > fails_after) {
            return fail(Errc::timeout, "too late");
        }
        return keys.contains(key);
    }
};

KeySearch search(Objects& objects, const KeyPattern& configured) {
    return search_keys(configured, places, [&](const std::string& key) { return objects.has(key); });
}

TEST(KeySearches, find_the_configured_pattern_at_once_and_then_how_deep_it_goes) {
    const KeyPattern configured{KeyLayout::hash_prefix, "20260901", "all"};
    Objects objects;
    for (unsigned zoom = 0; zoom <= 13; ++zoom) {
        objects.keys.insert(configured.key(metatile_at(vaduz, zoom)));
    }
    const auto found = search(objects, configured);
    ASSERT_TRUE(found.kind);
    EXPECT_TRUE(make_same_keys(found.kind->pattern, configured));
    EXPECT_EQ(found.kind->deepest_zoom(), 13U);
    EXPECT_THAT(found.kind->metatiles, SizeIs(14));
    EXPECT_EQ(found.tries, 16U);  // and two in vain, below zoom 13
}

TEST(KeySearches, find_other_layouts_and_layers) {
    const KeyPattern configured{KeyLayout::prefix_hash, "20260901", "v1"};
    for (const auto& layer : {"v1", "all", ""}) {
        for (const auto layout : {KeyLayout::no_hash, KeyLayout::hash_prefix, KeyLayout::prefix_hash}) {
            const KeyPattern there_are{layout, "20260901", layer};
            Objects objects;
            objects.keys.insert(there_are.key({0, 0, 0}));
            const auto found = search(objects, configured);
            ASSERT_TRUE(found.kind) << describe(there_are);
            EXPECT_TRUE(make_same_keys(found.kind->pattern, there_are)) << describe(there_are);
        }
    }
}

TEST(KeySearches, find_a_region_that_has_no_shallow_zooms) {
    const KeyPattern there_are{KeyLayout::no_hash, "", "all"};
    Objects objects;
    for (unsigned zoom = 9; zoom <= 14; ++zoom) {
        objects.keys.insert(there_are.key(metatile_at(vaduz, zoom)));
    }
    const auto found = search(objects, {});
    ASSERT_TRUE(found.kind);
    EXPECT_TRUE(make_same_keys(found.kind->pattern, there_are));
    EXPECT_EQ(found.kind->deepest_zoom(), 14U);
}

TEST(KeySearches, are_in_vain_after_a_bounded_number_of_tries) {
    Objects objects;
    const auto found = search_keys({}, well_known_places(), [&](const std::string& key) { return objects.has(key); });
    EXPECT_FALSE(found.kind);
    EXPECT_FALSE(found.stopped);
    EXPECT_EQ(found.tries, objects.asked);
    EXPECT_LE(found.tries, 300U);
}

TEST(KeySearches, end_with_the_first_failure_and_keep_what_was_found) {
    const KeyPattern configured;
    Objects objects;
    objects.keys.insert(configured.key({0, 0, 0}));
    objects.fails_after = 1;
    const auto found = search(objects, configured);
    ASSERT_TRUE(found.kind);
    ASSERT_TRUE(found.stopped);
    EXPECT_EQ(found.stopped->code, Errc::timeout);
    EXPECT_EQ(objects.asked, 2U);
}

TEST(KeySearches, never_try_the_same_key_twice_at_a_place) {
    std::multiset<std::string> tried;
    search_keys({KeyLayout::prefix_hash, "", ""}, places, [&](const std::string& key) -> Result<bool> {
        tried.insert(key);
        return false;
    });
    for (const auto& key : tried) {
        EXPECT_EQ(tried.count(key), 1U) << key;
    }
}

struct PlaceCase {
    Place place;
    unsigned zoom;
    TileId metatile;
};
class Places : public testing::TestWithParam<PlaceCase> {};

TEST_P(Places, are_in_the_metatiles_of_the_web_mercator_pyramid) {
    EXPECT_EQ(metatile_at(GetParam().place, GetParam().zoom), GetParam().metatile);
}

INSTANTIATE_TEST_SUITE_P(Pyramid, Places,
                         testing::Values(PlaceCase{{0, 0}, 0, {0, 0, 0}}, PlaceCase{{-180, 85.06}, 4, {4, 0, 0}},
                                         PlaceCase{{180, -90}, 4, {4, 15, 15}},
                                         PlaceCase{{9.5209, 47.1392}, 12, {12, 2156, 1438}},
                                         PlaceCase{{-73.972105, 40.764372}, 16, {16, 19301, 24627}}));

}  // namespace
}  // namespace tapalcatl::doctor
