#include "base/page_arena.hpp"

#include <gtest/gtest.h>

#include <array>
#include <string>
#include <vector>

#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

namespace tapalcatl {
namespace {

constexpr std::size_t page = PageArena::page_size;

std::string of(char c, std::size_t size) {
    return std::string(size, c);
}

/// Bytes of memory that the arena's file takes.
std::size_t memory_of(const PageArena& arena, Bytes bytes) {
    struct stat info{};
    EXPECT_EQ(::fstat(arena.place_of(bytes)->file, &info), 0);
    return static_cast<std::size_t>(info.st_blocks) * 512;
}

class Arena : public testing::Test {
 protected:
    void SetUp() override {
        arena = PageArena::open(8 * page);
        if (arena == nullptr) {
            GTEST_SKIP() << "this system has no memfd, or cannot punch holes";
        }
    }

    std::optional<PageArena::Extent> stored(const std::string& text) { return arena->store(as_bytes(text)); }

    std::shared_ptr<PageArena> arena;
};

TEST_F(Arena, gives_back_what_is_stored) {
    const auto one = stored(of('a', 5000));
    const auto two = stored(of('b', 1));
    EXPECT_EQ(as_text(one->bytes()), of('a', 5000));
    EXPECT_EQ(as_text(two->bytes()), "b");
    EXPECT_EQ(one->memory_size(), 2 * page);
    EXPECT_EQ(two->memory_size(), page);
}

TEST_F(Arena, tells_the_place_of_its_own_bytes_only) {
    const auto one = stored(of('a', page));
    const auto two = stored("bcd");
    const auto place = arena->place_of(two->bytes().subspan(1));
    ASSERT_TRUE(place);
    std::array<char, 2> read{};
    EXPECT_EQ(::pread(place->file, read.data(), 2, place->offset), 2);
    EXPECT_EQ(std::string(read.data(), 2), "cd");
    EXPECT_FALSE(arena->place_of(as_bytes("elsewhere")));
    EXPECT_FALSE(arena->place_of({}));
    EXPECT_FALSE(arena->place_of(two->bytes().first(0)));
}

TEST_F(Arena, takes_memory_for_what_is_stored_and_no_longer) {
    const auto kept = stored("kept");
    {
        const auto large = stored(of('a', 5 * page));
        EXPECT_EQ(memory_of(*arena, kept->bytes()), 6 * page);
    }
    EXPECT_EQ(memory_of(*arena, kept->bytes()), page);
}

TEST_F(Arena, stores_nothing_where_there_is_no_place) {
    const auto most = stored(of('a', 7 * page));
    EXPECT_FALSE(stored(of('b', page + 1)));
    EXPECT_TRUE(stored(of('b', page)));
}

TEST_F(Arena, uses_the_places_of_freed_extents_again) {
    for (int i = 0; i < 1000; ++i) {
        const auto text = of(static_cast<char>('a' + i % 26), 1 + static_cast<std::size_t>(i) * 31 % (8 * page));
        const auto extent = stored(text);
        ASSERT_TRUE(extent) << i;
        ASSERT_EQ(as_text(extent->bytes()), text);
    }
}

TEST_F(Arena, joins_freed_neighbours_in_any_order) {
    for (const auto& order :
         {std::array{0, 1, 2, 3}, std::array{3, 2, 1, 0}, std::array{0, 2, 1, 3}, std::array{1, 3, 0, 2}}) {
        std::vector<std::optional<PageArena::Extent>> extents(4);
        for (auto& extent : extents) {
            extent.emplace(*stored(of('a', 2 * page)));
        }
        EXPECT_FALSE(stored("b"));
        for (const auto i : order) {
            extents[static_cast<std::size_t>(i)].reset();
        }
        EXPECT_TRUE(stored(of('c', 8 * page)));
    }
}

TEST_F(Arena, what_a_socket_holds_stays_when_its_place_is_used_again) {
    std::array<int, 2> ends{};
    ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM, 0, ends.data()), 0);
    std::string expected;
    for (int i = 0; i < 8; ++i) {
        const auto text = of(static_cast<char>('a' + i), 2 * page);
        const auto extent = stored(text);  // each takes the place of the one before
        const auto place = arena->place_of(extent->bytes());
        auto offset = place->offset;
        ASSERT_EQ(offset, 0);
        ASSERT_EQ(::sendfile(ends[0], place->file, &offset, text.size()), static_cast<ssize_t>(text.size()));
        expected += text;
    }
    ::close(ends[0]);
    std::string received(expected.size() + 1, '\0');
    std::size_t size = 0;
    for (ssize_t got = 0; (got = ::read(ends[1], received.data() + size, received.size() - size)) > 0;) {
        size += static_cast<std::size_t>(got);
    }
    ::close(ends[1]);
    received.resize(size);
    EXPECT_EQ(received, expected);
}

TEST_F(Arena, lives_as_long_as_its_extents) {
    const auto extent = stored("kept");
    arena.reset();
    EXPECT_EQ(as_text(extent->bytes()), "kept");
}

}  // namespace
}  // namespace tapalcatl
