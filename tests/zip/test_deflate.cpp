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

/// A gzip member with every optional field.
Archive member_with_fields(std::string_view text) {
    const auto plain = gzip(as_bytes(text));
    const auto header = number(0x8b1f, 2) + number(8, 1) + number(2 + 4 + 8 + 16, 1) + number(0x12345678, 4) +
                        number(0x0302, 2) + number(3, 2) + archive_of("abc") +
                        archive_of(std::string_view("0.mvt\0", 6)) + archive_of(std::string_view("note\0", 5)) +
                        number(0x1234, 2);
    return header + Archive(plain.begin() + gzip_header_size, plain.end());
}

TEST(OpenGzip, gives_the_checked_parts_of_a_member) {
    const auto text = prose(3000);
    for (const auto& member : {Archive(gzip(as_bytes(text))), member_with_fields(text)}) {
        EXPECT_TRUE(looks_gzipped(member));
        const auto parts = open_gzip(member, 3000);
        ASSERT_TRUE(parts) << parts.error();
        EXPECT_EQ(parts->size, 3000U);
        EXPECT_EQ(parts->crc32, crc32(as_bytes(text)));
        EXPECT_EQ(inflated(gzip_member(parts->deflate, parts->crc32, parts->size), text.size()), text);
    }
}

TEST(OpenGzip, refuses_a_member_cut_at_any_byte) {
    const auto member = member_with_fields(prose(200));
    for (std::size_t size = 0; size < member.size(); ++size) {
        const auto parts = open_gzip(Bytes(member).first(size), std::uint64_t{1} << 40);
        ASSERT_FALSE(parts) << size;
        EXPECT_EQ(parts.error().code, Errc::corrupt) << size << ": " << parts.error();
    }
}

TEST(OpenGzip, refuses_a_member_with_any_byte_of_data_or_trailer_changed) {
    const auto good = gzip(as_bytes(prose(200)));
    for (std::size_t i = gzip_header_size; i < good.size(); ++i) {
        auto member = good;
        member[i] ^= std::byte{0x21};
        const auto parts = open_gzip(member, 200);
        EXPECT_FALSE(parts) << i;
    }
}

TEST(OpenGzip, refuses_more_than_the_limit_several_members_and_unknown_flags) {
    const auto member = gzip(as_bytes(prose(200)));
    EXPECT_EQ(open_gzip(member, 199).error().code, Errc::too_large);
    EXPECT_EQ(open_gzip(member + member, 200).error().code, Errc::corrupt);
    auto unknown = member;
    unknown[3] = std::byte{0x20};
    EXPECT_EQ(open_gzip(unknown, 200).error().code, Errc::corrupt);
    EXPECT_FALSE(looks_gzipped(as_bytes("\x1f\x8b\x08")));
    EXPECT_FALSE(looks_gzipped(as_bytes("{\"type\": \"FeatureCollection\"}")));
}

TEST(Crc32, gives_the_check_value_of_its_standard) {
    EXPECT_EQ(crc32(as_bytes("123456789")), 0xcbf43926U);
    EXPECT_EQ(crc32({}), 0U);
}

}  // namespace
}  // namespace tapalcatl::zip
