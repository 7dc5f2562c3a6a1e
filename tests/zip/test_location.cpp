#include "zip/location.hpp"
#include "zip/records.hpp"
#include "zip/writer.hpp"

#include "tests/zip/archives.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>

namespace tapalcatl::zip {
namespace {

using testing::HasSubstr;

/// Adds `by` to every offset of an archive without zip64, as `zip --adjust-sfx` does.
Archive adjusted(Archive archive, std::uint64_t by) {
    const auto end = last(archive, format::end_signature);
    const auto offset = get(archive, end + 16, 4);
    auto header = static_cast<std::size_t>(offset);
    for (auto left = get(archive, end + 10, 2); left > 0; --left) {
        put(archive, header + 42, get(archive, header + 42, 4) + by, 4);
        header += 46 + static_cast<std::size_t>(get(archive, header + 28, 2) + get(archive, header + 30, 2) +
                                                get(archive, header + 32, 2));
    }
    put(archive, end + 16, offset + by, 4);
    return archive;
}

/// Follows what find_directory() asks for from a tail of `tail_size` on. Fails the test if that takes more than three
/// times or goes nowhere.
Result<DirectoryLocation> locate_from(const Archive& object, std::uint64_t tail_size) {
    for (int i = 0; i < 4; ++i) {
        const auto found = find_directory(Bytes(object).last(static_cast<std::size_t>(tail_size)), object.size());
        if (!found) {
            return found.error();
        }
        const auto* needs = std::get_if<NeedsLongerTail>(&*found);
        if (needs == nullptr) {
            return std::get<DirectoryLocation>(*found);
        }
        EXPECT_GT(needs->tail_size, tail_size);
        EXPECT_LE(needs->tail_size, object.size());
        tail_size = std::min<std::uint64_t>(std::max(needs->tail_size, tail_size + 1), object.size());
    }
    return fail(Errc::io, "asks again and again");
}

void expect_same_from_every_tail(const Archive& object) {
    const auto whole = locate_from(object, object.size());
    for (std::uint64_t size = 0; size <= object.size(); size += 1 + (size > 300 ? object.size() / 50 : 0)) {
        const auto part = locate_from(object, size);
        ASSERT_EQ(part.has_value(), whole.has_value()) << size;
        if (!part) {
            EXPECT_EQ(part.error(), whole.error()) << size;
            continue;
        }
        EXPECT_EQ(part->offset, whole->offset) << size;
        EXPECT_EQ(part->size, whole->size) << size;
        EXPECT_EQ(part->entry_count, whole->entry_count) << size;
        EXPECT_EQ(part->prefix, whole->prefix) << size;
        EXPECT_EQ(part->comment, whole->comment) << size;
        EXPECT_EQ(part->count_is_exact, whole->count_is_exact) << size;
    }
}

TEST(Location, tells_where_the_directory_is) {
    const auto archive = two_entries("a comment");
    const auto location = locate(archive);
    ASSERT_TRUE(location) << location.error();
    EXPECT_EQ(location->offset, first(archive, format::central_signature));
    EXPECT_EQ(location->size, last(archive, format::end_signature) - location->offset);
    EXPECT_EQ(location->entry_count, 2U);
    EXPECT_EQ(location->prefix, 0U);
    EXPECT_EQ(location->comment, "a comment");
}

TEST(Location, is_the_same_from_every_tail) {
    const std::string long_comment(65'535, '.');
    expect_same_from_every_tail(two_entries());
    expect_same_from_every_tail(two_entries(long_comment));
    expect_same_from_every_tail(two_zip64_entries());
    expect_same_from_every_tail(two_zip64_entries(long_comment));
    expect_same_from_every_tail(archive_of(prose(100'000)) + two_entries(long_comment));
    expect_same_from_every_tail(archive_of(prose(100'000)) + two_zip64_entries());
    expect_same_from_every_tail(with_extension(two_zip64_entries(), archive_of(prose(100'000))));
    expect_same_from_every_tail(archive_of(prose(100'000)));
}

TEST(Location, takes_the_last_66_kB_or_all_in_one_piece) {
    for (const std::size_t before : {1000U, 200'000U}) {
        const auto archive = archive_of(prose(before)) + two_entries();
        const auto least = std::min<std::uint64_t>(archive.size(), max_end_size);
        for (const auto size : {std::uint64_t{0}, std::uint64_t{22}, least - 1}) {
            const auto less = find_directory(Bytes(archive).last(static_cast<std::size_t>(size)), archive.size());
            ASSERT_TRUE(less) << less.error();
            ASSERT_TRUE(std::holds_alternative<NeedsLongerTail>(*less));
            EXPECT_EQ(std::get<NeedsLongerTail>(*less).tail_size, least);
        }
        const auto found = find_directory(Bytes(archive).last(static_cast<std::size_t>(least)), archive.size());
        ASSERT_TRUE(found) << found.error();
        EXPECT_TRUE(std::holds_alternative<DirectoryLocation>(*found));
    }
}

TEST(Location, is_told_by_66_kB) {
    for (const auto& archive : {two_entries(std::string(65'535, 'P')), two_zip64_entries(std::string(65'535, 'K'))}) {
        const auto object = archive_of(prose(200'000)) + archive;
        const auto found = find_directory(Bytes(object).last(max_end_size), object.size());
        ASSERT_TRUE(found) << found.error();
        if (const auto* needs = std::get_if<NeedsLongerTail>(&*found)) {
            ADD_FAILURE() << needs->tail_size;
        }
    }
}

// -- comments

TEST(Comment, may_contain_an_end_signature) {
    expect_readable(two_entries("see PK\5\6, or PK\5\6"));
    expect_readable(two_entries("PK\5\6"));
    expect_readable(two_zip64_entries("PK\5\6PK\6\6PK\6\7"));
}

TEST(Comment, may_contain_a_whole_end_record) {
    const auto plain = two_entries();
    const auto its_end = last(plain, format::end_signature);
    const std::string copy(as_text(Bytes(plain).subspan(its_end)));
    expect_readable(two_entries(copy));
    expect_readable(two_entries(copy + copy));
    expect_readable(two_entries(as_text(end_record(0, 0, 0))));
    expect_readable(two_entries(as_text(end_record(0, 0, plain.size() + 100))));
    expect_readable(two_entries(as_text(end_record(1, 46, 0))));
    expect_readable(two_entries(as_text(end_record(0xffff, 0xffffffff, 0xffffffff))));
    expect_readable(two_entries("before" + std::string(as_text(end_record(7, 7, 7, "behind")))));
    expect_readable(two_zip64_entries(copy));
    const auto zip64 = two_zip64_entries();
    const auto all_ends = last(zip64, format::zip64_end_signature);
    expect_readable(two_zip64_entries(as_text(Bytes(zip64).subspan(all_ends))));
}

TEST(Comment, may_contain_an_end_record_that_points_to_the_true_directory) {
    const auto plain = two_entries();
    const auto end = last(plain, format::end_signature);
    const auto size = get(plain, end + 12, 4);
    const auto offset = get(plain, end + 16, 4);
    expect_readable(two_entries(as_text(end_record(2, size + 22, offset))));
    expect_readable(two_entries(as_text(end_record(2, size, offset))));
    expect_readable(two_entries(as_text(end_record(1, size - 47, offset))));
}

TEST(Comment, of_65535_bytes_is_read) {
    const auto comment = prose(65'535);
    const auto archive = two_entries(comment);
    expect_readable(archive);
    EXPECT_EQ(open(archive)->comment(), comment);
}

TEST(Comment, of_nothing_but_end_records_takes_no_time) {
    // Each of them reaches exactly to the end and points to the true directory: the most work an archive can ask for.
    std::string records(65'535, 'x');
    const auto plain = two_entries();
    const auto offset = get(plain, last(plain, format::end_signature) + 16, 4);
    for (std::size_t at = 0; at + 22 <= records.size(); at += 22) {
        const auto size = plain.size() + at - offset;
        const auto record = end_record(2, size, offset, std::string(records.size() - at - 22, 'x'));
        records.replace(at, 22, as_text(Bytes(record).first(22)));
    }
    const auto archive = two_entries(records);
    const auto start = std::chrono::steady_clock::now();
    const auto found = find_directory(archive, archive.size());
    const auto took = std::chrono::steady_clock::now() - start;
    EXPECT_LT(took, std::chrono::seconds(1));
    EXPECT_TRUE(found);
}

TEST(Comment, of_nothing_but_zip64_records_takes_no_time) {
    std::string comment;
    while (comment.size() + 98 <= 65'535) {
        comment += as_text(number(format::zip64_end_signature, 4) + number(44, 8) + Archive(44));
        comment += as_text(number(format::zip64_locator_signature, 4) + Archive(16));
        comment += as_text(end_record(0xffff, 0xffffffff, 0xffffffff));
    }
    for (std::size_t at = 76; at + 22 <= comment.size(); at += 98) {
        comment.replace(at + 20, 2, as_text(number(comment.size() - at - 22, 2)));
    }
    const auto archive = two_zip64_entries(comment);
    const auto start = std::chrono::steady_clock::now();
    const auto readable = read(archive, "a");
    const auto took = std::chrono::steady_clock::now() - start;
    EXPECT_LT(took, std::chrono::seconds(1));
    ASSERT_TRUE(readable) << readable.error();
    EXPECT_EQ(*readable, "content of a");
}

// -- bytes before the archive

TEST(Prefix, may_stand_before_an_archive_whose_offsets_do_not_count_it) {
    for (const std::size_t size : {1U, 22U, 1000U, 100'000U}) {
        const auto archive = archive_of(prose(size)) + two_entries("comment");
        expect_readable(archive);
        EXPECT_EQ(locate(archive)->prefix, size);
    }
}

TEST(Prefix, may_stand_before_an_archive_whose_offsets_count_it) {
    for (const std::size_t size : {1U, 22U, 1000U, 100'000U}) {
        const auto archive = archive_of(prose(size)) + adjusted(two_entries("comment"), size);
        expect_readable(archive);
        EXPECT_EQ(locate(archive)->prefix, 0U);
    }
}

TEST(Prefix, may_stand_before_zip64_records) {
    expect_readable(archive_of(prose(1000)) + two_zip64_entries());
    expect_readable(archive_of(prose(100'000)) + two_zip64_entries("comment"));
    expect_readable(archive_of(prose(1000)) + with_extension(two_zip64_entries(), archive_of("any extension")));
}

TEST(Prefix, may_be_an_archive) {
    Writer other;
    other.add("a", as_bytes("another a"));
    expect_readable(other.finish() + two_entries());
}

// -- bytes behind the archive

TEST(Suffix, may_follow_the_end_record) {
    for (const std::size_t size : {1U, 4U, 22U, 1000U, 65'000U}) {
        expect_readable(two_entries() + archive_of(prose(size)));
        expect_readable(two_entries("comment") + archive_of(prose(size)));
        expect_readable(two_zip64_entries("comment") + Archive(size));
        EXPECT_EQ(open(two_entries("comment") + Archive(size))->comment(), "comment");
    }
}

TEST(Suffix, does_not_change_with_the_tail) {
    expect_same_from_every_tail(two_entries("comment") + archive_of("x"));
    expect_same_from_every_tail(two_zip64_entries() + archive_of(prose(60'000)));
    expect_same_from_every_tail(with_extension(two_zip64_entries(), archive_of(prose(100'000))) + archive_of("x"));
}

TEST(Suffix, may_follow_a_directory_beyond_66_kB) {
    Writer writer;
    Writer::Options options;
    options.comment = prose(60'000);
    writer.add("a", as_bytes("content of a"), options);
    writer.add("b", as_bytes(prose(2000)), options);
    expect_readable(writer.finish() + archive_of("x"));
}

TEST(Suffix, may_contain_signatures) {
    expect_readable(two_entries() + archive_of("PK\5\6 and more"));
    expect_readable(two_entries() + end_record(1, 46, 0) + archive_of("x"));
    expect_readable(two_entries() + end_record(0, 0, 0) + archive_of("x"));
}

TEST(Suffix, of_more_than_65535_bytes_is_refused) {
    EXPECT_THAT(refusal_of(two_entries() + Archive(65'536)), HasSubstr("not a zip archive"));
}

TEST(Suffix, that_is_the_rest_of_an_outer_archive_is_refused) {
    // An archive inside of another one, which is cut off: what is left must not be taken for the inner one.
    Writer outer;
    Writer::Options options;
    options.method = Method::stored;
    outer.add("inner.zip", two_entries(), options);
    auto archive = outer.finish();
    expect_readable(two_entries());
    archive.resize(archive.size() - 22);
    EXPECT_THAT(refusal_of(archive), HasSubstr("bytes follow it"));
}

TEST(Suffix, behind_an_archive_with_a_damaged_directory_is_refused) {
    auto archive = two_entries() + archive_of("x");
    put(archive, first(archive, format::central_signature), 0, 4);
    EXPECT_THAT(refusal_of(archive), HasSubstr("1 bytes follow it: the archive is cut off or damaged"));
}

// -- what is refused

TEST(Object, too_short_to_be_an_archive_is_refused) {
    EXPECT_THAT(refusal_of({}), HasSubstr("not a zip archive: 0 bytes"));
    EXPECT_THAT(refusal_of(archive_of("PK\5\6")), HasSubstr("4 bytes are too few"));
}

TEST(Object, of_something_else_is_refused) {
    EXPECT_THAT(refusal_of(archive_of(prose(1000))), HasSubstr("not a zip archive"));
    EXPECT_THAT(refusal_of(archive_of(prose(300'000))), HasSubstr("not a zip archive"));
}

TEST(Object, with_a_comment_that_is_cut_is_refused) {
    const auto archive = two_entries("twelve bytes");
    EXPECT_THAT(refusal_of(Archive(archive.begin(), archive.end() - 5)), HasSubstr("comment of 12 bytes, but 7"));
}

TEST(Object, without_its_first_bytes_is_refused) {
    const auto archive = two_entries();
    EXPECT_THAT(refusal_of(Archive(archive.begin() + 10, archive.end())), HasSubstr("but only"));
}

TEST(Object, over_several_disks_is_refused) {
    for (const auto field : {4U, 6U, 8U}) {
        auto archive = two_entries();
        put(archive, last(archive, format::end_signature) + field, 1, 2);
        EXPECT_THAT(refusal_of(archive, Errc::unsupported), HasSubstr("disks"));
    }
    for (const auto field : {16U, 20U}) {
        auto archive = two_zip64_entries();
        put(archive, last(archive, format::zip64_end_signature) + field, 1, 4);
        EXPECT_THAT(refusal_of(archive, Errc::unsupported), HasSubstr("disks"));
    }
    auto archive = two_zip64_entries();
    put(archive, last(archive, format::zip64_locator_signature) + 16, 2, 4);
    EXPECT_THAT(refusal_of(archive, Errc::unsupported), HasSubstr("2 disks"));
}

TEST(Object, with_an_encrypted_directory_is_refused) {
    auto archive =
        with_extension(two_zip64_entries(), number(8, 2) + number(100, 8) + number(200, 8) + number(0x660e, 2) +
                                                number(128, 2) + number(1, 2) + number(0, 4));
    put(archive, last(archive, format::zip64_end_signature) + 14, 62, 2);
    EXPECT_THAT(refusal_of(archive, Errc::unsupported), HasSubstr("encrypted"));

    auto with_extra_data = two_entries();
    put(with_extra_data, first(with_extra_data, format::central_signature), format::extra_data_signature, 4);
    EXPECT_THAT(refusal_of(with_extra_data, Errc::unsupported), HasSubstr("encrypted"));
}

// -- zip64

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
    const auto end = Archive(max_end_size) + tail;
    const auto found = find_directory(end, before + tail.size());
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
    const auto again = find_directory(end, before + 1'000'000'000 + tail.size());
    ASSERT_TRUE(again) << again.error();
    ASSERT_TRUE(std::holds_alternative<DirectoryLocation>(*again));
    EXPECT_EQ(std::get<DirectoryLocation>(*again).prefix, 1'000'000'000U);
}

}  // namespace
}  // namespace tapalcatl::zip
