#include "zip/directory.hpp"
#include "zip/records.hpp"
#include "zip/writer.hpp"

#include "tests/zip/archives.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>

namespace tapalcatl::zip {
namespace {

using testing::HasSubstr;

Archive archive_with(std::initializer_list<std::string_view> names) {
    Writer writer;
    for (const auto name : names) {
        writer.add(name, as_bytes("content of " + std::string(name)));
    }
    return writer.finish();
}

Archive numbered(unsigned count) {
    Writer writer;
    Writer::Options options;
    options.method = Method::stored;
    for (unsigned i = 0; i < count; ++i) {
        writer.add(fmt::format("2/{}/{}.mvt", i % 97, i), as_bytes(fmt::format("{}", i)), options);
    }
    return writer.finish();
}

/// Where the header of the `i`th entry stands in the directory.
std::size_t central_header(const Archive& archive, unsigned i) {
    auto position = static_cast<std::size_t>(get(archive, last(archive, format::end_signature) + 16, 4));
    for (; i > 0; --i) {
        position += 46 + static_cast<std::size_t>(get(archive, position + 28, 2) + get(archive, position + 30, 2) +
                                                  get(archive, position + 32, 2));
    }
    return position;
}

TEST(Directory, lists_entries_in_its_order) {
    const auto directory = open(archive_with({"z", "a", "m/"}));
    ASSERT_TRUE(directory) << directory.error();
    ASSERT_EQ(directory->entries().size(), 3U);
    EXPECT_EQ(directory->entries()[0].name, "z");
    EXPECT_EQ(directory->entries()[1].name, "a");
    EXPECT_EQ(directory->entries()[2].name, "m/");
}

TEST(Directory, finds_entries_by_their_exact_name_only) {
    const auto directory = open(archive_with({"0/0/0.mvt", "1/0/0.mvt", "1/0/0.json", ""}));
    ASSERT_TRUE(directory) << directory.error();
    for (const auto& entry : directory->entries()) {
        EXPECT_EQ(directory->find(entry.name), &entry);
    }
    for (const auto* name : {"1/0/0", "1/0/0.mvt2", "1/0/0.MVT", "1/0/1.mvt", "/0/0/0.mvt", "zzz", " "}) {
        EXPECT_EQ(directory->find(name), nullptr) << name;
    }
}

TEST(Directory, stays_valid_when_it_moves) {
    auto directory = open(archive_with({"first", "second"}));
    ASSERT_TRUE(directory);
    const auto moved = std::move(*directory);
    ASSERT_NE(moved.find("second"), nullptr);
    EXPECT_EQ(moved.find("second")->name, "second");
}

TEST(Directory, takes_the_last_of_several_entries_with_one_name) {
    Writer writer;
    writer.add("a", as_bytes("old"));
    writer.add("b", as_bytes("other"));
    writer.add("a", as_bytes("newer"));
    writer.add("a", as_bytes("newest"));
    const auto archive = writer.finish();
    EXPECT_EQ(*read(archive, "a"), "newest");
    EXPECT_EQ(*read(archive, "b"), "other");
    EXPECT_EQ(open(archive)->entries().size(), 4U);
}

TEST(Directory, takes_names_of_any_bytes) {
    const std::string_view odd("nul\0 and \n newline", 18);
    const std::string longest(65'535, 'n');
    const auto archive = archive_with({odd, longest, "\xff\xfe", "../../etc/passwd"});
    for (const auto name :
         {odd, std::string_view(longest), std::string_view("\xff\xfe"), std::string_view("../../etc/passwd")}) {
        EXPECT_EQ(*read(archive, name), "content of " + std::string(name));
    }
    EXPECT_EQ(open(archive)->find("nul"), nullptr);
}

TEST(Directory, limits_each_entry_by_the_next_header_wherever_that_is_listed) {
    auto archive = archive_with({"a", "b", "c"});
    const auto first_header = central_header(archive, 0);
    const auto second_header = central_header(archive, 1);
    std::swap_ranges(archive.begin() + static_cast<std::ptrdiff_t>(first_header),
                     archive.begin() + static_cast<std::ptrdiff_t>(second_header),
                     archive.begin() + static_cast<std::ptrdiff_t>(second_header));
    const auto directory = open(archive);
    ASSERT_TRUE(directory) << directory.error();
    EXPECT_EQ(directory->entries()[0].name, "b");
    EXPECT_EQ(directory->find("a")->end_limit, directory->find("b")->header_offset);
    EXPECT_EQ(directory->find("b")->end_limit, directory->find("c")->header_offset);
    EXPECT_EQ(directory->find("c")->end_limit, first_header);
}

TEST(Directory, may_end_with_a_digital_signature) {
    auto archive = archive_with({"a"});
    const auto end = last(archive, format::end_signature);
    const auto signature = number(format::digital_signature, 4) + number(5, 2) + archive_of("seal!");
    put(archive, end + 12, get(archive, end + 12, 4) + signature.size(), 4);
    archive.insert(archive.begin() + static_cast<std::ptrdiff_t>(end), signature.begin(), signature.end());
    EXPECT_EQ(*read(archive, "a"), "content of a");
    put(archive, end + 4, 4, 2);
    EXPECT_THAT(refusal_of(archive), HasSubstr("after 1 of 1 entries"));
}

TEST(Directory, of_70000_entries_is_read_with_zip64) {
    const auto archive = numbered(70'000);
    const auto directory = open(archive);
    ASSERT_TRUE(directory) << directory.error();
    EXPECT_EQ(directory->entries().size(), 70'000U);
    EXPECT_EQ(*read(archive, "2/61/69998.mvt"), "69998");
}

TEST(Directory, of_70000_entries_is_read_where_the_count_wrapped) {
    for (const unsigned count : {65'535U, 65'536U, 65'537U, 70'000U}) {
        const auto whole = numbered(count);
        const auto zip64 = last(whole, format::zip64_end_signature);
        const auto size = get(whole, zip64 + 40, 8);
        const auto offset = get(whole, zip64 + 48, 8);
        const Archive archive(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(zip64));
        const auto wrapped = archive + end_record(count & 0xffff, size, offset);
        const auto directory = open(wrapped);
        ASSERT_TRUE(directory) << directory.error();
        EXPECT_EQ(directory->entries().size(), count);
        EXPECT_EQ(*read(wrapped, "2/42/42.mvt"), "42");
        EXPECT_FALSE(open(archive + end_record((count + 1) & 0xffff, size, offset)));
    }
}

TEST(Directory, of_70000_entries_is_read_where_zip64_counts_and_the_old_field_wrapped) {
    auto archive = numbered(70'000);
    const auto end = last(archive, format::end_signature);
    put(archive, end + 8, 70'000 & 0xffff, 2);
    put(archive, end + 10, 70'000 & 0xffff, 2);
    EXPECT_EQ(*read(archive, "2/42/42.mvt"), "42");
}

TEST(Directory, of_70000_entries_with_one_name_takes_no_time) {
    Writer writer;
    Writer::Options options;
    options.method = Method::stored;
    for (unsigned i = 0; i < 70'000; ++i) {
        writer.add("same", as_bytes(i == 69'999 ? "last" : "x"), options);
    }
    const auto archive = writer.finish();
    const auto start = std::chrono::steady_clock::now();
    EXPECT_EQ(*read(archive, "same"), "last");
    EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(2));
}

TEST(Directory, is_compact) {
    const auto directory = open(numbered(63));
    ASSERT_TRUE(directory);
    EXPECT_LT(directory->memory_size(), 63U * 90);
    EXPECT_GT(directory->memory_size(), 63U * sizeof(Entry));
}

TEST(Directory, with_another_number_of_entries_is_refused) {
    for (const std::uint64_t count : {0U, 1U, 3U}) {
        auto archive = archive_with({"a", "b"});
        const auto end = last(archive, format::end_signature);
        put(archive, end + 8, count, 2);
        put(archive, end + 10, count, 2);
        EXPECT_FALSE(refusal_of(archive).empty()) << count;
    }
    auto archive = archive_with({"a", "b"});
    const auto end = last(archive, format::end_signature);
    put(archive, end + 8, 1, 2);
    put(archive, end + 10, 1, 2);
    EXPECT_THAT(refusal_of(archive), HasSubstr("has 2 entries, the end record says 1"));
}

TEST(Directory, that_is_cut_at_any_byte_is_refused) {
    const auto archive = archive_with({"a", "bc"});
    const auto location = locate(archive);
    ASSERT_TRUE(location);
    for (std::size_t size = 0; size < location->size; ++size) {
        const auto central = Bytes(archive).subspan(static_cast<std::size_t>(location->offset), size);
        EXPECT_FALSE(Directory::parse(central, *location)) << size;
        auto shorter = *location;
        shorter.size = size;
        const auto directory = Directory::parse(central, shorter);
        ASSERT_FALSE(directory) << size;
        EXPECT_EQ(directory.error().code, Errc::corrupt);
    }
}

TEST(Directory, with_a_damaged_header_is_refused_with_its_place) {
    auto archive = archive_with({"a", "b"});
    const auto second = central_header(archive, 1);
    put(archive, second, 0x12345678, 4);
    EXPECT_THAT(refusal_of(archive), HasSubstr(fmt::format("damaged at byte {}, after 1 of 2 entries", second)));
}

TEST(Entries, outside_of_the_archive_are_refused_and_no_others) {
    const auto good = archive_with({"a", "b"});
    const auto directory_offset = central_header(good, 0);
    for (const std::uint64_t offset :
         {std::uint64_t{directory_offset}, std::uint64_t{directory_offset} - 30, std::uint64_t{0x7fffffff},
          std::uint64_t{0xfffffffe}, std::uint64_t{0xffffffff}}) {
        auto archive = good;
        put(archive, central_header(archive, 1) + 42, offset, 4);
        EXPECT_THAT(refusal_of_entry(archive, "b"), HasSubstr("b: ")) << offset;
        EXPECT_EQ(*read(archive, "a"), "content of a") << offset;
    }
    for (const std::uint64_t size :
         {std::uint64_t{directory_offset}, std::uint64_t{0xfffffffe}, std::uint64_t{0xffffffff}}) {
        auto archive = good;
        put(archive, central_header(archive, 1) + 20, size, 4);
        EXPECT_THAT(refusal_of_entry(archive, "b"), HasSubstr("do not fit")) << size;
        EXPECT_EQ(*read(archive, "a"), "content of a") << size;
    }
}

TEST(Entries, with_zip64_numbers_near_overflow_are_refused_and_no_others) {
    Writer writer;
    Writer::Options options;
    options.zip64 = true;
    writer.add("good", as_bytes("content"), options);
    writer.add("a", as_bytes("content"), options);
    const auto good = writer.finish();
    const auto numbers = last(good, format::central_signature) + 46 + 1 + 4;
    for (const auto value :
         {~std::uint64_t{0}, ~std::uint64_t{0} - 30, ~std::uint64_t{0} - 31, std::uint64_t{1} << 63}) {
        for (const auto field : {8U, 16U}) {
            auto archive = good;
            put(archive, numbers + field, value, 8);
            EXPECT_THAT(refusal_of_entry(archive, "a"), HasSubstr("do not fit")) << value;
            EXPECT_EQ(*read(archive, "good"), "content") << value;
        }
    }
}

TEST(Entries, that_overlap_are_refused_and_no_others) {
    auto archive = archive_with({"first", "second", "third"});
    const auto header = central_header(archive, 0);
    const auto second = get(archive, central_header(archive, 1) + 42, 4);
    put(archive, header + 20, get(archive, header + 20, 4) + 1, 4);
    EXPECT_THAT(refusal_of_entry(archive, "first"),
                HasSubstr(fmt::format("first: overlaps another entry: {} bytes at byte 0, and the other one at byte {}",
                                      second + 1, second)));
    EXPECT_THAT(refusal_of_entry(archive, "second"), HasSubstr("and the other one at byte 0"));
    EXPECT_EQ(*read(archive, "third"), "content of third");
}

TEST(Entries, that_one_long_entry_overlaps_are_all_refused) {
    auto archive = archive_with({"first", "second", "third", "fourth"});
    const auto header = central_header(archive, 0);
    const auto fourth = get(archive, central_header(archive, 3) + 42, 4);
    put(archive, header + 20, fourth - 30 - 5, 4);
    for (const auto* name : {"first", "second", "third"}) {
        EXPECT_THAT(refusal_of_entry(archive, name), HasSubstr("overlaps another entry")) << name;
    }
    EXPECT_EQ(*read(archive, "fourth"), "content of fourth");
}

TEST(Entries, that_overlap_the_directory_are_refused_and_no_others) {
    auto archive = archive_with({"first", "second"});
    const auto header = central_header(archive, 1);
    put(archive, header + 20, get(archive, header + 20, 4) + 1, 4);
    EXPECT_THAT(refusal_of_entry(archive, "second"), HasSubstr("second: "));
    EXPECT_EQ(*read(archive, "first"), "content of first");
}

TEST(Entries, that_share_a_local_header_are_refused_and_no_others) {
    auto archive = archive_with({"first", "other", "third"});
    put(archive, central_header(archive, 1) + 42, 0, 4);
    EXPECT_THAT(refusal_of_entry(archive, "first"), HasSubstr("overlaps"));
    EXPECT_THAT(refusal_of_entry(archive, "other"), HasSubstr("overlaps"));
    EXPECT_EQ(*read(archive, "third"), "content of third");
}

TEST(Entries, on_another_disk_are_refused_and_no_others) {
    auto archive = archive_with({"a", "b"});
    put(archive, central_header(archive, 0) + 34, 1, 2);
    EXPECT_THAT(refusal_of_entry(archive, "a", Errc::unsupported), HasSubstr("a: starts on disk 1"));
    EXPECT_EQ(*read(archive, "b"), "content of b");
}

TEST(Entries, whose_zip64_field_is_too_short_are_refused_and_no_others) {
    Writer writer;
    Writer::Options options;
    options.zip64 = true;
    writer.add("good", as_bytes("content"), options);
    writer.add("a", as_bytes("content"), options);
    auto archive = writer.finish();
    const auto field = last(archive, format::central_signature) + 46 + 1;
    put(archive, field + 2, 16, 2);
    EXPECT_THAT(refusal_of_entry(archive, "a"), HasSubstr("zip64 field has 16 bytes"));
    EXPECT_EQ(*read(archive, "good"), "content");
}

TEST(Entries, that_are_refused_hide_older_ones_of_their_name) {
    auto archive = archive_with({"a", "a"});
    put(archive, central_header(archive, 1) + 34, 1, 2);
    EXPECT_THAT(refusal_of_entry(archive, "a", Errc::unsupported), HasSubstr("a: starts on disk 1"));
}

TEST(Entries, that_are_refused_are_listed_and_have_nothing_to_read) {
    auto archive = archive_with({"a", "b"});
    put(archive, central_header(archive, 0) + 34, 1, 2);
    const auto directory = open(archive);
    ASSERT_TRUE(directory) << directory.error();
    ASSERT_EQ(directory->entries().size(), 2U);
    EXPECT_FALSE(check_readable(directory->entries()[0]));
    EXPECT_EQ(extent_of(directory->entries()[0]).size, 0U);
    EXPECT_TRUE(check_readable(directory->entries()[1]));
}

TEST(Entries, of_methods_that_are_not_read_are_listed) {
    auto archive = archive_with({"a"});
    put(archive, 8, 14, 2);
    put(archive, central_header(archive, 0) + 10, 14, 2);
    const auto directory = open(archive);
    ASSERT_TRUE(directory) << directory.error();
    EXPECT_EQ(directory->find("a")->method, 14);
    const auto content = read(archive, "a");
    ASSERT_FALSE(content);
    EXPECT_EQ(content.error().code, Errc::unsupported);
    EXPECT_THAT(content.error().message, HasSubstr("a: compressed by method 14"));
}

TEST(Messages, show_names_without_control_characters_and_not_too_long) {
    const auto name = "bell\a\x1b[31m" + std::string(10'000, 'n');
    auto archive = archive_with({name});
    put(archive, central_header(archive, 0) + 42, 5, 4);
    const auto message = refusal_of_entry(archive, name);
    EXPECT_THAT(message, HasSubstr("bell\\x07\\x1b[31m"));
    EXPECT_LT(message.size(), 400U);
}

}  // namespace
}  // namespace tapalcatl::zip
