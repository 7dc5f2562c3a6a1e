#include "source/block_cache.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace tapalcatl::source {
namespace {

struct Weighted final : Held {
    explicit Weighted(std::size_t bytes) : Held(nullptr) { weight = bytes; }
};

std::shared_ptr<const Held> weighing(std::size_t bytes) {
    return std::make_shared<const Weighted>(bytes);
}

TEST(BlockCache, gives_back_what_was_put_in) {
    BlockCache cache(100'000);
    const auto value = weighing(1000);
    cache.insert("a", value);
    EXPECT_EQ(cache.find("a"), value);
    EXPECT_EQ(cache.find("b"), nullptr);
    cache.erase("a");
    EXPECT_EQ(cache.find("a"), nullptr);
    EXPECT_EQ(cache.used(), 0U);
}

TEST(BlockCache, holds_the_latest_value_of_a_key) {
    BlockCache cache(100'000);
    cache.insert("a", weighing(1000));
    const auto latest = weighing(2000);
    cache.insert("a", latest);
    EXPECT_EQ(cache.find("a"), latest);
    EXPECT_LT(cache.used(), 3000U);
}

TEST(BlockCache, never_holds_more_than_its_budget) {
    BlockCache cache(100'000);
    for (int i = 0; i < 10'000; ++i) {
        cache.insert(fmt::format("{}", i), weighing(static_cast<std::size_t>(i % 5000)));
        cache.find(fmt::format("{}", i / 2));
        ASSERT_LE(cache.used(), cache.budget());
    }
}

TEST(BlockCache, does_not_keep_what_is_larger_than_all_of_it) {
    BlockCache cache(10'000);
    cache.insert("small", weighing(100));
    cache.insert("large", weighing(20'000));
    EXPECT_EQ(cache.find("large"), nullptr);
    EXPECT_NE(cache.find("small"), nullptr);
}

TEST(BlockCache, drops_the_old_value_where_the_new_one_is_too_large_to_keep) {
    BlockCache cache(10'000);
    cache.insert("a", weighing(100));
    cache.insert("a", weighing(20'000));
    EXPECT_EQ(cache.find("a"), nullptr);
}

TEST(BlockCache, of_no_budget_keeps_nothing) {
    BlockCache cache(0);
    cache.insert("a", weighing(0));
    EXPECT_EQ(cache.find("a"), nullptr);
}

TEST(BlockCache, keeps_what_is_used_through_a_scan_of_a_hundred_times_its_size) {
    BlockCache cache(1'000'000);
    const auto hot = [](int i) { return fmt::format("hot {}", i); };
    for (int i = 0; i < 20; ++i) {
        cache.insert(hot(i), weighing(10'000));
        cache.find(hot(i));
        cache.find(hot(i));
    }
    int lost = 0;
    for (int i = 0; i < 10'000; ++i) {
        cache.insert(fmt::format("scan {}", i), weighing(10'000));
        if (i % 100 == 0) {
            for (int j = 0; j < 20; ++j) {
                lost += cache.find(hot(j)) == nullptr ? 1 : 0;
            }
        }
    }
    EXPECT_EQ(lost, 0);
}

TEST(BlockCache, who_comes_back_soon_after_being_dropped_stays) {
    BlockCache cache(100'000);
    cache.insert("returns", weighing(5000));
    int i = 0;
    while (cache.peek("returns") != nullptr) {
        cache.insert(fmt::format("other {}", i++), weighing(5000));
        ASSERT_LT(i, 1000);
    }
    cache.insert("returns", weighing(5000));
    for (int j = 0; j < 50; ++j) {
        cache.insert(fmt::format("more {}", j), weighing(5000));
    }
    EXPECT_NE(cache.peek("returns"), nullptr);
}

TEST(BlockCache, gives_up_room_for_what_is_in_flight) {
    BlockCache cache(100'000);
    for (int i = 0; i < 50; ++i) {
        cache.insert(fmt::format("{}", i), weighing(5000));
    }
    cache.reserve(60'000);
    EXPECT_LE(cache.used(), 40'000U);
    cache.insert("more", weighing(5000));
    EXPECT_LE(cache.used(), 40'000U);
    cache.release(60'000);
    for (int i = 0; i < 50; ++i) {
        cache.insert(fmt::format("{}", i), weighing(5000));
    }
    EXPECT_GT(cache.used(), 80'000U);
}

TEST(BlockCache, survives_reservations_beyond_its_budget) {
    BlockCache cache(1000);
    cache.insert("a", weighing(10));
    cache.reserve(5000);
    EXPECT_EQ(cache.used(), 0U);
    cache.release(5000);
    cache.insert("a", weighing(10));
    EXPECT_NE(cache.find("a"), nullptr);
}

}  // namespace
}  // namespace tapalcatl::source
