#include "zip/deflate.hpp"

#include "tests/zip/archives.hpp"

#include <gtest/gtest.h>

namespace tapalcatl::zip {
namespace {

std::string inflated(Bytes member, std::size_t size) {
    std::string out(size, '\0');
    Inflater inflater;
    const auto done = inflater.inflate_into(deflate_data(member), std::as_writable_bytes(std::span(out)));
    EXPECT_TRUE(done) << done.error();
    return out;
}

TEST(GzipMember, is_the_deflate_data_between_ten_and_eight_bytes) {
    const auto deflate = archive_of("any bytes");
    const auto member = gzip_member(deflate, 0x12345678, 0x1'0000'0002);
    Cursor cursor(member);
    EXPECT_EQ(cursor.u16(), 0x8b1f);
    EXPECT_EQ(cursor.u16(), 8) << "deflate, without optional fields";
    cursor.skip(6);
    EXPECT_EQ(as_text(cursor.bytes(deflate.size())), "any bytes");
    EXPECT_EQ(cursor.u32(), 0x12345678U);
    EXPECT_EQ(cursor.u32(), 2U) << "the size modulo 2^32";
    EXPECT_TRUE(cursor.ok());
    EXPECT_EQ(cursor.left(), 0U);
    EXPECT_EQ(as_text(deflate_data(member)), "any bytes");
}

TEST(GzipMember, does_not_depend_on_when_it_was_made) {
    EXPECT_EQ(gzip_member(archive_of("x"), 1, 1), gzip_member(archive_of("x"), 1, 1));
    EXPECT_EQ(gzip(archive_of("x")), gzip(archive_of("x")));
}

TEST(Gzip, at_every_level_inflates_to_the_same) {
    const auto text = prose(20'000);
    for (int level = 1; level <= 12; ++level) {
        const auto member = gzip(as_bytes(text), level);
        EXPECT_LT(member.size(), text.size());
        EXPECT_EQ(inflated(member, text.size()), text) << level;
        Cursor trailer(Bytes(member).last(gzip_trailer_size));
        EXPECT_EQ(trailer.u32(), crc32(as_bytes(text)));
        EXPECT_EQ(trailer.u32(), text.size());
    }
}

TEST(Gzip, of_nothing_is_a_member_too) {
    const auto member = gzip({});
    EXPECT_EQ(inflated(member, 0), "");
    EXPECT_EQ(Cursor(Bytes(member).last(8)).u64(), 0U);
}

TEST(Gzip, of_what_cannot_be_compressed_is_whole) {
    std::string noise(100'000, '\0');
    std::uint32_t state = 1;
    for (auto& c : noise) {
        state = state * 1664525U + 1013904223U;
        c = static_cast<char>(state >> 24);
    }
    EXPECT_EQ(inflated(gzip(as_bytes(noise)), noise.size()), noise);
}

TEST(Inflater, fills_a_place_that_is_given) {
    const auto text = prose(1000);
    std::vector<std::byte> deflated;
    append_deflated(deflated, as_bytes(text), 6);
    Inflater inflater;
    Archive out(text.size());
    ASSERT_TRUE(inflater.inflate_into(deflated, out));
    EXPECT_EQ(as_text(out), text);
    EXPECT_FALSE(inflater.inflate_into(deflated, std::span(out).first(999)));
    out.resize(1001);
    EXPECT_FALSE(inflater.inflate_into(deflated, out));
    EXPECT_FALSE(inflater.inflate_into(deflated, {}));
    EXPECT_FALSE(inflater.inflate_into({}, out));
}

TEST(Crc32, gives_the_check_value_of_its_standard) {
    EXPECT_EQ(crc32(as_bytes("123456789")), 0xcbf43926U);
    EXPECT_EQ(crc32({}), 0U);
}

}  // namespace
}  // namespace tapalcatl::zip
