#include "cache/file_index.hpp"

#include <gtest/gtest.h>

#include <string>

namespace tapalcatl::cache {
namespace {

LruIndex::Id id(std::string_view name) {
    return sha256(as_bytes(name));
}

TEST(LruIndex, counts_whole_blocks) {
    LruIndex index(1'000'000, 0);
    index.use(id("a"), 1);
    index.use(id("b"), 4096);
    index.use(id("c"), 4097);
    index.use(id("d"), 0);
    EXPECT_EQ(index.bytes(), 4096U + 4096U + 8192U);
    EXPECT_EQ(index.items(), 4U);
    EXPECT_EQ(LruIndex::weight_of(~std::uint64_t{0} - 5000), ~std::uint64_t{0} - 4095);
}

TEST(LruIndex, counts_each_file_once) {
    LruIndex index(1'000'000, 0);
    index.use(id("a"), 10'000);
    index.use(id("a"), 1);
    index.append(id("a"), 10'000);
    EXPECT_EQ(index.bytes(), 4096U);
    index.erase(id("a"));
    index.erase(id("a"));
    EXPECT_EQ(index.bytes(), 0U);
    EXPECT_EQ(index.items(), 0U);
}

TEST(LruIndex, names_what_was_not_used_for_the_longest_time) {
    LruIndex index(3 * 4096, 0);
    index.use(id("a"), 1);
    index.use(id("b"), 1);
    index.use(id("a"), 1);
    EXPECT_EQ(index.to_evict_for(1), std::nullopt);
    EXPECT_EQ(index.to_evict_for(4097), id("b"));
    index.append(id("old"), 1);
    index.append(id("older"), 1);
    EXPECT_EQ(index.to_evict(), id("older"));
    index.erase(id("older"));
    EXPECT_EQ(index.to_evict(), std::nullopt);
    EXPECT_EQ(index.to_evict_for(1), id("old"));
}

TEST(LruIndex, limits_the_number_of_files) {
    LruIndex index(1'000'000, 2);
    index.use(id("a"), 1);
    EXPECT_EQ(index.to_evict_for(1), std::nullopt);
    index.use(id("b"), 1);
    EXPECT_EQ(index.to_evict(), std::nullopt);
    EXPECT_EQ(index.to_evict_for(1), id("a"));
}

TEST(LruIndex, names_nothing_where_nothing_is) {
    const LruIndex index(4096, 0);
    EXPECT_EQ(index.to_evict_for(1'000'000), std::nullopt);
    EXPECT_EQ(index.to_evict_for(~std::uint64_t{0}), std::nullopt);
}

}  // namespace
}  // namespace tapalcatl::cache
