#include "zip/entry.hpp"
#include "zip/records.hpp"
#include "zip/writer.hpp"

#include "tests/zip/archives.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tapalcatl::zip {
namespace {

using testing::AnyOf;
using testing::HasSubstr;

Archive one_entry(const Writer::Options& options = {}, std::string_view content = "the content of an entry") {
    Writer writer;
    writer.add("name", as_bytes(content), options);
    return writer.finish();
}

Archive stored_entry(std::string_view content = "the content of an entry") {
    Writer::Options options;
    options.method = Method::stored;
    return one_entry(options, content);
}

/// An archive of one entry with `deflate` as its data.
Archive entry_of(const Archive& deflate, std::string_view content) {
    Writer writer;
    writer.add_deflated("name", deflate, crc32(as_bytes(content)), content.size());
    return writer.finish();
}

std::string refusal(const Archive& archive, Errc code = Errc::corrupt, std::uint64_t limit = megabyte) {
    return refusal_of_entry(archive, "name", code, limit);
}

/// The same change in the local header and the directory, whose fields of the same meaning lie two bytes later.
void put_twice(Archive& archive, std::size_t local_field, std::uint64_t number, unsigned size) {
    put(archive, local_field, number, size);
    put(archive, last(archive, format::central_signature) + local_field + 2, number, size);
}

// -- extents

TEST(Extent, reaches_no_farther_than_the_next_header) {
    Writer writer;
    writer.add("a", as_bytes("1"));
    writer.add("b", as_bytes("2"));
    const auto archive = writer.finish();
    const auto directory = open(archive);
    const auto& a = directory->entries()[0];
    const auto& b = directory->entries()[1];
    EXPECT_EQ(extent_of(a).offset, 0U);
    EXPECT_EQ(extent_of(a).size, b.header_offset);
    EXPECT_EQ(extent_of(b).offset + extent_of(b).size, first(archive, format::central_signature));
}

TEST(Extent, reaches_no_farther_than_the_longest_header_data_and_descriptor) {
    Entry entry;
    entry.name = "name";
    entry.header_offset = 1000;
    entry.compressed_size = 500;
    entry.end_limit = 10'000'000;
    EXPECT_EQ(extent_of(entry).offset, 1000U);
    EXPECT_EQ(extent_of(entry).size, 30U + 4 + 65'535 + 500 + 24);
}

TEST(Extent, of_an_entry_with_the_longest_extra_field_has_all_of_it) {
    Writer::Options options;
    options.extra = number(0x4141, 2) + number(65'531, 2) + Archive(65'531);
    options.data_descriptor = true;
    EXPECT_EQ(*read(one_entry(options), "name"), "the content of an entry");
}

TEST(Extent, does_not_overflow) {
    Entry entry;
    entry.header_offset = ~std::uint64_t{0} - 10;
    entry.compressed_size = ~std::uint64_t{0};
    entry.end_limit = ~std::uint64_t{0};
    EXPECT_EQ(extent_of(entry).size, 10U);
    entry.end_limit = 0;
    EXPECT_EQ(extent_of(entry).size, 0U);
}

// -- local headers

TEST(StoredData, are_refused_when_cut_at_any_byte) {
    const auto archive = stored_entry();
    const auto directory = open(archive);
    const auto& entry = *directory->find("name");
    const auto size = 30 + entry.name.size() + entry.compressed_size;
    for (std::size_t i = 0; i < size; ++i) {
        const auto data = stored_data(entry, Bytes(archive).first(i));
        ASSERT_FALSE(data) << i;
        EXPECT_EQ(data.error().code, Errc::corrupt);
        EXPECT_THAT(data.error().message, HasSubstr("name: "));
    }
    EXPECT_TRUE(stored_data(entry, Bytes(archive).first(size)));
    EXPECT_EQ(as_text(*stored_data(entry, archive)), "the content of an entry");
}

struct Disagreement {
    std::size_t field;
    unsigned size;
    std::string_view words;
};

class LocalHeader : public testing::TestWithParam<Disagreement> {};

TEST_P(LocalHeader, that_disagrees_with_the_directory_is_refused) {
    const auto& wrong = GetParam();
    auto archive = one_entry();
    put(archive, wrong.field, get(archive, wrong.field, wrong.size) ^ 1U, wrong.size);
    EXPECT_THAT(refusal(archive), HasSubstr(wrong.words));
}

INSTANTIATE_TEST_SUITE_P(Fields, LocalHeader,
                         testing::Values(Disagreement{0, 4, "no local header"},        //
                                         Disagreement{6, 2, "encrypted"},              //
                                         Disagreement{8, 2, "method 9"},               //
                                         Disagreement{14, 4, "CRC-32"},                //
                                         Disagreement{18, 4, "compressed size"},       //
                                         Disagreement{22, 4, "size 22 in the local"},  //
                                         Disagreement{30, 1, "local header is that of oame"}));

TEST(LocalHeader, with_a_name_of_another_length_is_refused) {
    auto archive = one_entry();
    put(archive, 26, 3, 2);
    EXPECT_THAT(refusal(archive), HasSubstr("that of nam"));
}

TEST(LocalHeader, whose_extra_field_pushes_the_data_into_the_next_is_refused) {
    auto archive = stored_entry();
    put(archive, 28, 1, 2);
    EXPECT_THAT(refusal(archive), HasSubstr("the next begins"));
    put(archive, 28, 0xffff, 2);
    EXPECT_THAT(refusal(archive), HasSubstr("cut off"));
}

TEST(LocalHeader, may_leave_sizes_to_a_descriptor) {
    for (const bool zip64 : {false, true}) {
        Writer::Options options;
        options.data_descriptor = true;
        options.zip64 = zip64;
        const auto archive = one_entry(options);
        EXPECT_EQ(get(archive, 14, 4), 0U);
        EXPECT_EQ(*read(archive, "name"), "the content of an entry");
    }
}

TEST(LocalHeader, may_have_the_sizes_although_they_follow) {
    auto archive = one_entry();
    put_twice(archive, 6, format::descriptor_flag, 2);
    EXPECT_EQ(*read(archive, "name"), "the content of an entry");
    put(archive, 18, 5, 4);
    EXPECT_THAT(refusal(archive), HasSubstr("compressed size 5"));
}

TEST(LocalHeader, may_leave_sizes_to_the_directory_without_a_descriptor) {
    Writer::Options options;
    options.data_descriptor = true;
    auto archive = one_entry(options);
    put_twice(archive, 6, 0, 2);
    EXPECT_EQ(get(archive, 18, 4), 0U);
    EXPECT_EQ(get(archive, 22, 4), 0U);
    EXPECT_EQ(*read(archive, "name"), "the content of an entry");
    archive[40] ^= std::byte{1};
    EXPECT_FALSE(refusal(archive).empty()) << "the content is still checked";
}

TEST(DataDescriptor, may_lack_its_signature) {
    Writer::Options options;
    options.data_descriptor = true;
    auto archive = one_entry(options);
    const auto descriptor = static_cast<std::ptrdiff_t>(first(archive, format::descriptor_signature));
    archive.erase(archive.begin() + descriptor, archive.begin() + descriptor + 4);
    const auto end = last(archive, format::end_signature);
    put(archive, end + 16, get(archive, end + 16, 4) - 4, 4);
    EXPECT_EQ(*read(archive, "name"), "the content of an entry");
}

TEST(LocalHeader, may_have_zip64_sizes_where_the_directory_has_short_ones) {
    Writer::Options options;
    options.zip64 = true;
    options.method = Method::stored;
    const auto zip64 = one_entry(options);
    const auto plain = stored_entry();
    const auto local = static_cast<std::ptrdiff_t>(first(zip64, format::central_signature));
    const auto central = static_cast<std::ptrdiff_t>(first(plain, format::central_signature));
    const auto end = static_cast<std::ptrdiff_t>(last(plain, format::end_signature));
    const auto mixed = Archive(zip64.begin(), zip64.begin() + local) +
                       Archive(plain.begin() + central, plain.begin() + end) +
                       end_record(1, static_cast<std::uint64_t>(end - central), static_cast<std::uint64_t>(local));
    EXPECT_EQ(*read(mixed, "name"), "the content of an entry");

    auto lying = mixed;
    put(lying, 30 + 4 + 4, 1, 8);
    put(lying, 30 + 4 + 12, 1, 8);
    EXPECT_THAT(refusal(lying), HasSubstr("size 4294967295 in the local header, 23 in the directory"));
}

struct LongSize {
    bool is_compressed;  ///< the size that the local header leaves to its zip64 field
    bool has_both;       ///< the field has the other size too
    std::string_view before;
};

class LocalZip64Field : public testing::TestWithParam<LongSize> {};

TEST_P(LocalZip64Field, may_have_one_size_behind_other_fields) {
    const auto& how = GetParam();
    const auto text = prose(3000);
    const auto plain = one_entry({}, text);
    const auto directory = first(plain, format::central_signature);
    const auto compressed_size = get(plain, 18, 4);
    const auto sizes = how.has_both        ? number(3000, 8) + number(compressed_size, 8)
                       : how.is_compressed ? number(compressed_size, 8)
                                           : number(3000, 8);
    const auto extra = archive_of(how.before) + number(format::zip64_extra, 2) + number(sizes.size(), 2) + sizes;
    const auto with_extra = [&](const Archive& field) {
        auto archive = plain;
        put(archive, how.is_compressed ? 18 : 22, 0xffffffff, 4);
        put(archive, 28, field.size(), 2);
        archive.insert(archive.begin() + 34, field.begin(), field.end());
        put(archive, last(archive, format::end_signature) + 16, directory + field.size(), 4);
        return archive;
    };
    const auto content = read(with_extra(extra), "name");
    ASSERT_TRUE(content) << content.error();
    EXPECT_EQ(*content, text);
    EXPECT_EQ(*read(with_extra({}), "name"), text) << "without a field the directory alone says it";

    auto lying = extra;
    put(lying, extra.size() - sizes.size(), 1, 8);
    put(lying, extra.size() - 8, 1, 8);
    EXPECT_THAT(refusal(with_extra(lying)), HasSubstr("size 4294967295 in the local header"));
}

constexpr std::string_view time_field("UT\5\0\1abcd", 9);
constexpr std::string_view padding("\0\0\0", 3);

INSTANTIATE_TEST_SUITE_P(Sizes, LocalZip64Field,
                         testing::Values(LongSize{false, false, {}}, LongSize{true, false, {}},
                                         LongSize{false, true, {}}, LongSize{true, true, {}},
                                         LongSize{false, false, time_field}, LongSize{true, false, time_field},
                                         LongSize{true, true, time_field}));

TEST(LocalHeader, whose_zip64_field_cannot_be_found_leaves_the_sizes_to_the_directory) {
    // Three bytes of padding before it, as aligning writers leave them, and nothing that follows can be parsed.
    auto archive = stored_entry();
    const auto extra = archive_of(padding) + number(format::zip64_extra, 2) + number(8, 2) + number(23, 8);
    put(archive, 22, 0xffffffff, 4);
    put(archive, 28, extra.size(), 2);
    archive.insert(archive.begin() + 34, extra.begin(), extra.end());
    const auto end = last(archive, format::end_signature);
    put(archive, end + 16, get(archive, end + 16, 4) + extra.size(), 4);
    EXPECT_EQ(*read(archive, "name"), "the content of an entry");
}

// -- what is not read

class UnreadableFlag : public testing::TestWithParam<std::uint16_t> {};

TEST_P(UnreadableFlag, is_refused_as_unsupported) {
    auto archive = one_entry();
    put_twice(archive, 6, GetParam(), 2);
    EXPECT_THAT(refusal(archive, Errc::unsupported), HasSubstr("name: is "));
    // Where only the directory has it, the local header is not even looked at.
    put(archive, 6, 0, 2);
    EXPECT_THAT(refusal(archive, Errc::unsupported), HasSubstr("name: is "));
    ASSERT_TRUE(open(archive)) << "still listed";
}

INSTANTIATE_TEST_SUITE_P(Flags, UnreadableFlag,
                         testing::Values(format::encrypted_flag, format::strong_encryption_flag, format::masked_flag,
                                         format::patch_flag));

TEST(Entry, knows_whether_it_is_encrypted) {
    auto archive = one_entry();
    EXPECT_FALSE(open(archive)->find("name")->is_encrypted());
    put_twice(archive, 6, format::encrypted_flag, 2);
    EXPECT_TRUE(open(archive)->find("name")->is_encrypted());
    EXPECT_THAT(refusal(archive, Errc::unsupported), HasSubstr("name: is encrypted"));
}

TEST(Method, of_every_other_number_is_refused_as_unsupported) {
    for (const auto method : {1U, 6U, 7U, 9U, 12U, 14U, 93U, 95U, 99U, 0xffffU}) {
        auto archive = one_entry();
        put_twice(archive, 8, method, 2);
        EXPECT_THAT(refusal(archive, Errc::unsupported), HasSubstr(fmt::format("method {}", method)));
    }
}

// -- content

TEST(Content, with_another_crc_is_refused) {
    auto archive = stored_entry();
    archive[34] ^= std::byte{1};
    EXPECT_THAT(refusal(archive), HasSubstr("CRC-32"));
    archive = one_entry();
    put_twice(archive, 14, 0x12345678, 4);
    EXPECT_THAT(refusal(archive), HasSubstr("the directory says 12345678"));
}

TEST(Content, of_a_stored_entry_has_the_size_of_its_data) {
    auto archive = stored_entry();
    put_twice(archive, 22, 5, 4);
    EXPECT_THAT(refusal(archive), HasSubstr("stored, but"));
}

TEST(Content, of_more_or_fewer_bytes_than_declared_is_refused) {
    const auto text = prose(3000);
    for (const std::uint64_t size : {std::uint64_t{0}, std::uint64_t{1}, std::uint64_t{2999}}) {
        auto archive = one_entry({}, text);
        put_twice(archive, 22, size, 4);
        EXPECT_THAT(refusal(archive), HasSubstr("do not end within")) << size;
    }
    for (const std::uint64_t size : {std::uint64_t{3001}, std::uint64_t{100'000}}) {
        auto archive = one_entry({}, text);
        put_twice(archive, 22, size, 4);
        EXPECT_THAT(refusal(archive), HasSubstr("inflates to 3000 bytes instead")) << size;
    }
}

TEST(Content, that_deflate_could_not_hold_is_refused_before_any_memory_is_taken) {
    auto archive = one_entry({}, "short");
    put_twice(archive, 22, 0x7fffffff, 4);
    EXPECT_THAT(refusal(archive, Errc::corrupt, std::uint64_t{1} << 40), HasSubstr("cannot be deflated"));
}

TEST(Content, over_the_limit_is_refused) {
    const auto archive = one_entry({}, std::string(100'000, ' '));
    EXPECT_TRUE(read(archive, "name", 100'000));
    EXPECT_THAT(refusal(archive, Errc::too_large, 99'999), HasSubstr("100000 bytes, over the limit of 99999"));
    EXPECT_THAT(refusal(stored_entry(), Errc::too_large, 5), HasSubstr("over the limit"));
}

TEST(Content, of_a_bomb_that_declares_little_is_refused) {
    const std::string zeros(50'000'000, '\0');
    std::vector<std::byte> bomb;
    append_deflated(bomb, as_bytes(zeros), 9);
    Writer writer;
    writer.add_deflated("name", bomb, crc32(as_bytes(zeros)), 1000);
    EXPECT_THAT(refusal(writer.finish()), HasSubstr("do not end within the 1000 bytes"));
}

TEST(Content, with_bytes_behind_the_end_of_deflate_is_refused) {
    const std::string text = "content";
    std::vector<std::byte> deflated;
    append_deflated(deflated, as_bytes(text), 6);
    EXPECT_EQ(*read(entry_of(deflated, text), "name"), text);
    EXPECT_THAT(refusal(entry_of(deflated + archive_of("x"), text)), HasSubstr("DEFLATE data end after"));
    EXPECT_THAT(refusal(entry_of(deflated + deflated, text)), HasSubstr("DEFLATE data end after"));
}

TEST(Content, of_deflate_cut_at_any_byte_is_refused) {
    const auto text = prose(500);
    std::vector<std::byte> deflated;
    append_deflated(deflated, as_bytes(text), 6);
    for (std::size_t size = 0; size < deflated.size(); ++size) {
        const Archive cut(deflated.begin(), deflated.begin() + static_cast<std::ptrdiff_t>(size));
        // Behind the end libdeflate reads zeros; what it makes of them may first exceed the size.
        EXPECT_THAT(
            refusal(entry_of(cut, text)),
            AnyOf(HasSubstr("damaged or cut off"), HasSubstr("cannot be deflated"), HasSubstr("do not end within")))
            << size;
    }
}

TEST(Content, of_blocks_that_deflate_does_not_know_is_refused) {
    EXPECT_THAT(refusal(entry_of(archive_of("\x07"), "")), HasSubstr("damaged"));
    EXPECT_THAT(refusal(entry_of({}, "")), HasSubstr("damaged or cut"));
}

TEST(Content, may_be_empty) {
    EXPECT_EQ(*read(one_entry({}, ""), "name"), "");
    EXPECT_EQ(*read(stored_entry(""), "name"), "");
    EXPECT_EQ(*read(entry_of(archive_of(std::string_view("\1\0\0\xff\xff", 5)), ""), "name"), "") << "a stored block";
}

TEST(Inflater, can_be_used_again_after_every_outcome) {
    Inflater inflater;
    const auto archive = one_entry({}, prose(50'000));
    const auto directory = open(archive);
    const auto& entry = *directory->find("name");
    const auto data = stored_data(entry, archive);
    ASSERT_TRUE(data);
    auto damaged = Archive(data->begin(), data->end());
    damaged[damaged.size() / 2] ^= std::byte{0x55};
    auto huge = entry;
    huge.size = 8 * megabyte;
    for (int i = 0; i < 3; ++i) {
        EXPECT_FALSE(checked_content(entry, damaged, megabyte, inflater));
        EXPECT_FALSE(checked_content(huge, *data, 32 * megabyte, inflater));
        const auto content = checked_content(entry, *data, megabyte, inflater);
        ASSERT_TRUE(content) << content.error();
        EXPECT_EQ(as_text(*content), prose(50'000));
    }
}

}  // namespace
}  // namespace tapalcatl::zip
