#include "base/bytes.hpp"

#include <gtest/gtest.h>

#include <limits>

namespace tapalcatl {
namespace {

TEST(Slice, views_exactly_the_asked_part) {
    const auto part = slice(as_bytes("abcdef"), 2, 3);
    ASSERT_TRUE(part);
    EXPECT_EQ(as_text(*part), "cde");
}

TEST(Slice, allows_an_empty_part_at_the_very_end) {
    EXPECT_TRUE(slice(as_bytes("abc"), 3, 0));
    EXPECT_TRUE(slice({}, 0, 0));
}

TEST(Slice, refuses_every_part_that_leaves_the_bytes) {
    constexpr auto huge = std::numeric_limits<std::uint64_t>::max();
    for (const auto& [offset, size] :
         {std::pair<std::uint64_t, std::uint64_t>{0, 4}, {3, 1}, {4, 0}, {huge, 1}, {1, huge}, {huge, huge}}) {
        const auto part = slice(as_bytes("abc"), offset, size);
        ASSERT_FALSE(part) << offset << "+" << size;
        EXPECT_EQ(part.error().code, Errc::corrupt);
    }
}

TEST(SharedBytes, keep_their_bytes_alive_through_a_part) {
    SharedBytes part;
    {
        const auto whole = copy_of(as_bytes("hello world"));
        part = whole.part(6, 5);
    }
    EXPECT_EQ(as_text(part.view()), "world");
}

TEST(Cursor, reads_numbers_in_little_endian) {
    Cursor cursor(as_bytes(std::string_view("\x01\x02\x03\x04\x05\x06\x01\x00\x00\x00\x00\x00\x00\x80", 14)));
    EXPECT_EQ(cursor.u16(), 0x0201);
    EXPECT_EQ(cursor.u32(), 0x06050403U);
    EXPECT_EQ(cursor.u64(), 0x8000000000000001U);
    EXPECT_TRUE(cursor.ok());
    EXPECT_EQ(cursor.left(), 0U);
}

TEST(Cursor, remembers_a_read_beyond_the_end_and_answers_nothing_from_then_on) {
    Cursor cursor(as_bytes("abc"));
    EXPECT_EQ(cursor.u32(), 0U);
    EXPECT_EQ(cursor.u16(), 0U);
    EXPECT_TRUE(cursor.bytes(1).empty());
    EXPECT_FALSE(cursor.ok());
}

}  // namespace
}  // namespace tapalcatl
