#include "source/held.hpp"

#include <gtest/gtest.h>

namespace tapalcatl::source {
namespace {

TileContent content_of(std::size_t size) {
    TileContent content;
    content.encoding = Encoding::gzip;
    content.bytes.assign(size, std::byte{7});
    return content;
}

TEST(Block, larger_ones_lie_in_the_arena_and_are_charged_in_pages) {
    const auto budget = std::make_shared<MemoryBudget>(1'000'000);
    const auto arena = PageArena::open(100'000);
    if (arena == nullptr) {
        GTEST_SKIP() << "this system has no memfd, or cannot punch holes";
    }
    const Block small(nullptr, content_of(Block::least_in_arena - 1), budget, arena);
    EXPECT_FALSE(arena->place_of(small.bytes));
    const auto before = budget->used();
    const Block large(nullptr, content_of(20'000), budget, arena);
    EXPECT_TRUE(arena->place_of(large.bytes));
    EXPECT_EQ(large.bytes.size(), 20'000U);
    EXPECT_GE(budget->used() - before, PageArena::in_pages(20'000));
}

TEST(Block, is_on_the_heap_where_the_arena_has_no_place_and_where_there_is_none) {
    const auto budget = std::make_shared<MemoryBudget>(1'000'000);
    for (const auto& arena : {PageArena::open(50'000), std::shared_ptr<PageArena>()}) {
        const Block block(nullptr, content_of(60'000), budget, arena);
        EXPECT_FALSE(arena != nullptr && arena->place_of(block.bytes));
        EXPECT_EQ(block.bytes.size(), 60'000U);
        EXPECT_EQ(block.bytes[59'999], std::byte{7});
    }
}

}  // namespace
}  // namespace tapalcatl::source
