#include "zip/format.hpp"
#include "zip/location.hpp"
#include "zip/writer.hpp"

#include "tests/zip/archives.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tapalcatl::zip {
namespace {

using testing::HasSubstr;

TEST(Zip64End, end_record_may_have_an_extension) {
    for (const std::size_t size : {1U, 27U, 28U, 100U, 70'000U, 1'000'000U}) {
        expect_readable(with_extension(two_zip64_entries("comment"), archive_of(prose(size))));
    }
}

TEST(Zip64End, extension_may_contain_signatures) {
    const auto zip64 = two_zip64_entries();
    const auto records = Bytes(zip64).subspan(last(zip64, format::zip64_end_signature));
    expect_readable(with_extension(zip64, Archive(records.begin(), records.end())));
}

TEST(Zip64End, records_may_stand_beside_an_end_record_that_needs_none) {
    Writer writer;
    Writer::Options options;
    options.zip64 = true;
    writer.add("a", as_bytes("content of a"), options);
    writer.add("b", as_bytes(prose(2000)), options);
    auto archive = writer.finish();
    const auto zip64 = last(archive, format::zip64_end_signature);
    const auto end = last(archive, format::end_signature);
    put(archive, end + 8, 2, 2);
    put(archive, end + 10, 2, 2);
    put(archive, end + 12, get(archive, zip64 + 40, 8), 4);
    put(archive, end + 16, get(archive, zip64 + 48, 8), 4);
    expect_readable(archive);
    put(archive, end + 10, 3, 2);
    put(archive, end + 8, 3, 2);
    EXPECT_THAT(refusal_of(archive), HasSubstr("contradict"));
}

TEST(Zip64End, locator_that_points_elsewhere_is_refused) {
    auto archive = two_zip64_entries();
    const auto locator = last(archive, format::zip64_locator_signature);
    for (const std::uint64_t offset :
         {std::uint64_t{0}, std::uint64_t{locator}, std::uint64_t{1} << 40, ~std::uint64_t{0}}) {
        put(archive, locator + 8, offset, 8);
        EXPECT_THAT(refusal_of(archive), HasSubstr("no zip64 end record")) << offset;
    }
}

TEST(Zip64End, end_record_that_is_missing_is_refused) {
    const auto zip64 = two_zip64_entries();
    const auto record = static_cast<std::ptrdiff_t>(last(zip64, format::zip64_end_signature));
    Archive archive(zip64.begin(), zip64.begin() + record);
    EXPECT_THAT(refusal_of(archive + end_record(0xffff, 0xffffffff, 0xffffffff)), HasSubstr("4294967295"));
}

TEST(Zip64End, numbers_of_more_than_the_object_are_refused) {
    const auto zip64 = two_zip64_entries();
    const auto record = last(zip64, format::zip64_end_signature);
    for (const auto field : {24U, 32U, 40U, 48U}) {
        for (const auto value : {~std::uint64_t{0}, std::uint64_t{1} << 63, std::uint64_t{1} << 32}) {
            auto archive = zip64;
            put(archive, record + field, value, 8);
            EXPECT_FALSE(open(archive)) << field;
        }
    }
}

TEST(Zip64End, directory_behind_five_gigabytes_is_found_by_the_tail) {
    constexpr std::uint64_t before = 5'000'000'000;
    const auto central = [&] {
        auto header = number(format::central_signature, 4) + number(45, 2) + number(45, 2) + number(0, 2) +
                      number(0, 2) + number(0, 4) + number(0x12345678, 4) + number(0xffffffff, 4) +
                      number(0xffffffff, 4) + number(1, 2) + number(28, 2) + number(0, 2) + number(0, 2) +
                      number(0, 6) + number(0xffffffff, 4) + archive_of("a");
        return header + number(1, 2) + number(24, 2) + number(200'000'000, 8) + number(200'000'000, 8) +
               number(4'700'000'000, 8);
    }();
    const auto tail = central + number(format::zip64_end_signature, 4) + number(44, 8) + number(45, 2) + number(45, 2) +
                      number(0, 8) + number(1, 8) + number(1, 8) + number(central.size(), 8) + number(before, 8) +
                      number(format::zip64_locator_signature, 4) + number(0, 4) + number(before + central.size(), 8) +
                      number(1, 4) + end_record(0xffff, 0xffffffff, 0xffffffff);
    const auto found = find_directory(tail, before + tail.size());
    ASSERT_TRUE(found) << found.error();
    ASSERT_TRUE(std::holds_alternative<DirectoryLocation>(*found));
    const auto& location = std::get<DirectoryLocation>(*found);
    EXPECT_EQ(location.offset, before);
    EXPECT_EQ(location.prefix, 0U);
    const auto directory = Directory::parse(central, location);
    ASSERT_TRUE(directory) << directory.error();
    const auto* entry = directory->find("a");
    ASSERT_NE(entry, nullptr);
    EXPECT_EQ(entry->header_offset, 4'700'000'000U);
    EXPECT_EQ(entry->compressed_size, 200'000'000U);
    EXPECT_EQ(entry->end_limit, before);
    EXPECT_EQ(extent_of(*entry).offset, 4'700'000'000U);
    EXPECT_EQ(extent_of(*entry).size, 30U + 1 + 65'535 + 200'000'000 + 24);

    // The same behind another gigabyte that no offset counts.
    const auto behind = find_directory(tail, before + 1'000'000'000 + tail.size());
    ASSERT_TRUE(behind) << behind.error();
    ASSERT_TRUE(std::holds_alternative<NeedsLongerTail>(*behind));
    EXPECT_LE(std::get<NeedsLongerTail>(*behind).tail_size, 66'000U);
    const auto longer = Archive(66'000) + tail;
    const auto again = find_directory(longer, before + 1'000'000'000 + tail.size());
    ASSERT_TRUE(again) << again.error();
    EXPECT_EQ(std::get<DirectoryLocation>(*again).prefix, 1'000'000'000U);
}

}  // namespace
}  // namespace tapalcatl::zip
