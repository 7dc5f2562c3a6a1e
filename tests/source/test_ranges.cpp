#include "source/ranges.hpp"

#include <gtest/gtest.h>

namespace tapalcatl::source {
namespace {

using Extents = std::vector<storage::Span>;

TEST(Merge, joins_what_is_near_and_keeps_apart_what_is_far) {
    const auto ranges = merge(Extents{{1000, 50}, {0, 100}, {150, 50}}, 100, 10'000);
    ASSERT_EQ(ranges.size(), 2U);
    EXPECT_EQ(ranges[0].extent.offset, 0U);
    EXPECT_EQ(ranges[0].extent.size, 200U);
    EXPECT_EQ(ranges[0].members, (std::vector<std::size_t>{1, 2}));
    EXPECT_EQ(ranges[1].extent.offset, 1000U);
    EXPECT_EQ(ranges[1].members, (std::vector<std::size_t>{0}));
}

TEST(Merge, makes_no_range_longer_than_the_limit) {
    const auto ranges = merge(Extents{{0, 400}, {400, 400}, {800, 400}}, 100, 1000);
    ASSERT_EQ(ranges.size(), 2U);
    EXPECT_EQ(ranges[0].extent.size, 800U);
    EXPECT_EQ(ranges[1].extent.offset, 800U);
}

TEST(Merge, leaves_a_single_extent_whole_even_over_the_limit) {
    const auto ranges = merge(Extents{{0, 5000}, {4000, 500}}, 100, 1000);
    ASSERT_EQ(ranges.size(), 1U);
    EXPECT_EQ(ranges[0].extent.size, 5000U);
    EXPECT_EQ(ranges[0].members.size(), 2U);
}

TEST(Merge, joins_extents_that_overlap) {
    const auto ranges = merge(Extents{{0, 100}, {90, 100}}, 0, 1000);
    ASSERT_EQ(ranges.size(), 1U);
    EXPECT_EQ(ranges[0].extent.size, 190U);
}

TEST(Merge, of_nothing_is_nothing) {
    EXPECT_TRUE(merge({}, 10, 10).empty());
}

}  // namespace
}  // namespace tapalcatl::source
