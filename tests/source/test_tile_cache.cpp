#include "source/tile_cache.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace tapalcatl::source {
namespace {

struct Weighted final : Held {
    explicit Weighted(std::size_t bytes) : Held(nullptr) { weight = bytes; }
};

std::shared_ptr<const Held> weighing(std::size_t bytes, const std::shared_ptr<MemoryBudget>& budget = nullptr) {
    auto value = std::make_shared<Weighted>(bytes);
    value->charge = MemoryCharge(budget, bytes);
    return value;
}

TEST(TileCache, gives_back_what_was_put_in) {
    const auto budget = std::make_shared<MemoryBudget>(100'000);
    TileCache cache(budget);
    const auto value = weighing(1000);
    cache.insert("a", value);
    EXPECT_EQ(cache.find("a"), value);
    EXPECT_EQ(cache.find("b"), nullptr);
    cache.erase("a");
    EXPECT_EQ(cache.find("a"), nullptr);
    EXPECT_EQ(cache.used(), 0U);
}

TEST(TileCache, holds_the_latest_value_of_a_key) {
    const auto budget = std::make_shared<MemoryBudget>(100'000);
    TileCache cache(budget);
    cache.insert("a", weighing(1000));
    const auto latest = weighing(2000);
    cache.insert("a", latest);
    EXPECT_EQ(cache.find("a"), latest);
    EXPECT_LT(cache.used(), 3000U);
}

TEST(TileCache, never_holds_more_than_its_budget) {
    const auto budget = std::make_shared<MemoryBudget>(100'000);
    TileCache cache(budget);
    for (int i = 0; i < 10'000; ++i) {
        cache.insert(fmt::format("{}", i), weighing(static_cast<std::size_t>(i % 5000)));
        cache.find(fmt::format("{}", i / 2));
        ASSERT_LE(cache.used(), budget->limit());
    }
}

TEST(TileCache, does_not_keep_what_is_larger_than_all_of_it) {
    const auto budget = std::make_shared<MemoryBudget>(10'000);
    TileCache cache(budget);
    cache.insert("small", weighing(100));
    cache.insert("large", weighing(20'000));
    EXPECT_EQ(cache.find("large"), nullptr);
    EXPECT_NE(cache.find("small"), nullptr);
}

TEST(TileCache, drops_the_old_value_where_the_new_one_is_too_large_to_keep) {
    const auto budget = std::make_shared<MemoryBudget>(10'000);
    TileCache cache(budget);
    cache.insert("a", weighing(100));
    cache.insert("a", weighing(20'000));
    EXPECT_EQ(cache.find("a"), nullptr);
}

TEST(TileCache, of_no_budget_keeps_nothing) {
    const auto budget = std::make_shared<MemoryBudget>(0);
    TileCache cache(budget);
    cache.insert("a", weighing(0));
    EXPECT_EQ(cache.find("a"), nullptr);
}

TEST(TileCache, keeps_what_is_used_through_a_scan_of_a_hundred_times_its_size) {
    const auto budget = std::make_shared<MemoryBudget>(1'000'000);
    TileCache cache(budget);
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

TEST(TileCache, who_comes_back_soon_after_being_dropped_stays) {
    const auto budget = std::make_shared<MemoryBudget>(100'000);
    TileCache cache(budget);
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

TEST(TileCache, gives_up_room_for_what_is_in_flight) {
    const auto budget = std::make_shared<MemoryBudget>(100'000);
    TileCache cache(budget);
    for (int i = 0; i < 50; ++i) {
        cache.insert(fmt::format("{}", i), weighing(5000, budget));
    }
    MemoryCharge in_flight(budget, 60'000);
    budget->reclaim();
    EXPECT_LE(cache.used(), 40'000U);
    cache.insert("more", weighing(5000, budget));
    EXPECT_LE(cache.used(), 40'000U);
    in_flight.resize(0);
    for (int i = 0; i < 50; ++i) {
        cache.insert(fmt::format("{}", i), weighing(5000, budget));
    }
    EXPECT_GT(cache.used(), 80'000U);
}

TEST(TileCache, survives_charges_beyond_its_budget) {
    const auto budget = std::make_shared<MemoryBudget>(1000);
    TileCache cache(budget);
    cache.insert("a", weighing(10, budget));
    MemoryCharge in_flight(budget, 5000);
    budget->reclaim();
    EXPECT_EQ(cache.used(), 0U);
    in_flight.resize(0);
    cache.insert("a", weighing(10, budget));
    EXPECT_NE(cache.find("a"), nullptr);
}

TEST(TileCache, counts_what_is_evicted_and_still_in_use) {
    const auto budget = std::make_shared<MemoryBudget>(100'000);
    TileCache cache(budget);
    std::shared_ptr<const Held> in_use = weighing(60'000, budget);
    cache.insert("in use", in_use);
    cache.erase("in use");
    for (int i = 0; i < 50; ++i) {
        cache.insert(fmt::format("{}", i), weighing(5000, budget));
        EXPECT_LE(budget->used(), budget->limit() + 5000);
    }
    EXPECT_LE(cache.used(), 40'000U);
    in_use = nullptr;
    for (int i = 0; i < 50; ++i) {
        cache.insert(fmt::format("{}", i), weighing(5000, budget));
    }
    EXPECT_GT(cache.used(), 80'000U);
    EXPECT_EQ(cache.used(), budget->used());
}

TEST(TileCache, keeps_one_value_of_nearly_all_of_its_budget) {
    const auto budget = std::make_shared<MemoryBudget>(100'000);
    TileCache cache(budget);
    cache.insert("large", weighing(80'000, budget));
    EXPECT_NE(cache.find("large"), nullptr);
}

}  // namespace
}  // namespace tapalcatl::source
