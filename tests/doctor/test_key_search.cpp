#include "doctor/key_search.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

namespace tapalcatl::doctor {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

/// A bucket in memory, which lists as S3 does.
class FakeBucket final : public Lister {
 public:
    void put(const KeyPattern& pattern, unsigned zoom, std::uint32_t count) {
        for (std::uint32_t i = 0; i < count; ++i) {
            keys_.insert(pattern.key({zoom, i % (1U << zoom), i >> zoom}));
        }
    }
    void put(const std::string& key) { keys_.insert(key); }

    /// Listings of other prefixes are denied.
    void allow_only(std::string prefix) { allowed_ = std::move(prefix); }

    const std::vector<std::string>& asked() const { return asked_; }

    Result<Listing> list(const std::string& prefix, Depth depth) override {
        asked_.push_back(prefix);
        if (allowed_ && !prefix.starts_with(*allowed_)) {
            return fail(Errc::denied, "not allowed");
        }
        Listing listing;
        for (auto key = keys_.lower_bound(prefix); key != keys_.end() && key->starts_with(prefix); ++key) {
            if (listing.keys.size() + listing.folders.size() == max_items) {
                listing.is_truncated = true;
                break;
            }
            const auto slash = depth == Depth::one_level ? key->find('/', prefix.size()) : std::string::npos;
            if (slash == std::string::npos) {
                listing.keys.push_back(*key);
            } else if (listing.folders.empty() || listing.folders.back() != key->substr(0, slash + 1)) {
                listing.folders.push_back(key->substr(0, slash + 1));
            }
        }
        return listing;
    }

 private:
    std::set<std::string> keys_;
    std::optional<std::string> allowed_;
    std::vector<std::string> asked_;
};

KeyPattern pattern(KeyLayout layout, std::string prefix) {
    return {layout, std::move(prefix), "all"};
}

/// Quadrants of zooms 0 to 6: 5461 metatiles, more than a listing has.
void put_pyramid(FakeBucket& bucket, const KeyPattern& pattern) {
    for (unsigned zoom = 0; zoom <= 6; ++zoom) {
        bucket.put(pattern, zoom, 1U << 2 * zoom);
    }
}

std::string chosen(const Result<KeySample>& sample, const KeyPattern& configured) {
    if (!sample) {
        return sample.error().message;
    }
    const auto* kind = sample->chosen(configured);
    return kind == nullptr ? "none" : fmt::format("{} to {}", describe(kind->pattern), kind->deepest_zoom());
}

TEST(KeySamples, with_hashes_take_one_listing) {
    for (const auto layout : {KeyLayout::prefix_hash, KeyLayout::hash_prefix}) {
        FakeBucket bucket;
        const auto configured = pattern(layout, "20260901");
        put_pyramid(bucket, configured);
        const auto sample = sample_keys(bucket, configured);
        EXPECT_EQ(chosen(sample, configured), describe(configured) + " to 6");
        EXPECT_TRUE(sample->has_deepest);
        EXPECT_EQ(bucket.asked().size(), 1U);
    }
}

TEST(KeySamples, without_hashes_look_for_the_deepest_zoom) {
    FakeBucket bucket;
    const auto configured = pattern(KeyLayout::no_hash, "world");
    put_pyramid(bucket, configured);
    bucket.put(configured, 10, 3);  // between 1 and 2, as text sorts
    bucket.put(configured, 13, 3);
    const auto sample = sample_keys(bucket, configured);
    EXPECT_EQ(chosen(sample, configured), "NO_HASH, prefix world, layer all to 13");
    EXPECT_TRUE(sample->has_deepest);
}

TEST(KeySamples, do_not_take_a_folder_that_is_no_zoom_for_the_deepest) {
    FakeBucket bucket;
    const auto configured = pattern(KeyLayout::no_hash, "world");
    put_pyramid(bucket, configured);
    bucket.put("world/all/31/readme.txt");
    const auto sample = sample_keys(bucket, configured);
    ASSERT_TRUE(sample) << sample.error();
    EXPECT_FALSE(sample->has_deepest);
}

TEST(KeySamples, know_the_deepest_of_a_small_bucket) {
    FakeBucket bucket;
    bucket.put(pattern(KeyLayout::prefix_hash, ""), 3, 2);
    const auto sample = sample_keys(bucket, {});
    ASSERT_TRUE(sample) << sample.error();
    EXPECT_TRUE(sample->has_deepest);
}

TEST(KeySamples, go_to_the_root_where_the_prefix_has_nothing_and_find_the_last_build) {
    for (const auto* configured_prefix : {"", "gone"}) {
        FakeBucket bucket;
        put_pyramid(bucket, pattern(KeyLayout::prefix_hash, "20260801"));
        put_pyramid(bucket, pattern(KeyLayout::prefix_hash, "20260901"));
        bucket.put("logs/today");
        const auto configured = pattern(KeyLayout::no_hash, configured_prefix);
        const auto sample = sample_keys(bucket, configured);
        ASSERT_TRUE(sample) << sample.error();
        EXPECT_EQ(chosen(sample, configured), "PREFIX_HASH, prefix 20260901, layer all to 6");
        EXPECT_THAT(sample->prefixes, ElementsAre("20260801", "20260901", "logs"));
    }
}

TEST(KeySamples, find_hashes_at_the_root_though_a_prefix_is_configured_for_behind_them) {
    FakeBucket bucket;
    const auto there_are = pattern(KeyLayout::hash_prefix, "20260901");
    put_pyramid(bucket, there_are);
    const auto configured = pattern(KeyLayout::prefix_hash, "20260901");
    EXPECT_EQ(chosen(sample_keys(bucket, configured), configured), "HASH_PREFIX, prefix 20260901, layer all to 6");
}

TEST(KeySamples, of_buckets_without_metatiles_are_empty) {
    FakeBucket bucket;
    bucket.put("index.html");
    const auto sample = sample_keys(bucket, {});
    ASSERT_TRUE(sample) << sample.error();
    EXPECT_THAT(sample->kinds, IsEmpty());
    EXPECT_FALSE(sample->has_deepest);
}

TEST(KeySamples, are_content_with_the_prefix_that_may_be_listed) {
    FakeBucket bucket;
    const auto configured = pattern(KeyLayout::prefix_hash, "20260901");
    put_pyramid(bucket, configured);
    bucket.allow_only("20260901/");
    EXPECT_EQ(chosen(sample_keys(bucket, configured), configured), "PREFIX_HASH, prefix 20260901, layer all to 6");
    // Nothing below it, and no look at the root: that is no failure.
    FakeBucket empty;
    empty.allow_only("20260901/");
    EXPECT_EQ(chosen(sample_keys(empty, configured), configured), "none");
}

TEST(KeySamples, fail_where_the_first_listing_does) {
    FakeBucket bucket;
    bucket.allow_only("other/");
    const auto sample = sample_keys(bucket, {});
    ASSERT_FALSE(sample);
    EXPECT_EQ(sample.error().code, Errc::denied);
}

}  // namespace

namespace {

using testing::SizeIs;

const Coordinates vaduz{9.52, 47.14};
const std::vector<Coordinates> places{vaduz, {139.76, 35.68}};

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
    Coordinates place;
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
