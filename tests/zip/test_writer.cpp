#include "zip/deflate.hpp"
#include "zip/records.hpp"
#include "zip/writer.hpp"

#include "tests/zip/archives.hpp"

#include <gtest/gtest.h>

namespace tapalcatl::zip {
namespace {

struct WriterCase {
    Method method;
    bool zip64;
    bool data_descriptor;
};

class WrittenArchive : public testing::TestWithParam<WriterCase> {};

TEST_P(WrittenArchive, is_read_back) {
    const auto& how = GetParam();
    Writer::Options options;
    options.method = how.method;
    options.zip64 = how.zip64;
    options.data_descriptor = how.data_descriptor;
    options.comment = "of an entry";
    options.extra = number(0x7075, 2) + number(3, 2) + archive_of("abc");
    Writer writer;
    const auto text = prose(5000);
    writer.add("0/0/0.mvt", as_bytes(text), options);
    writer.add("empty", {}, options);
    writer.add("dir/", {}, options);
    const auto archive = writer.finish("of the archive");

    EXPECT_EQ(*read(archive, "0/0/0.mvt"), text);
    EXPECT_EQ(*read(archive, "empty"), "");
    const auto directory = open(archive);
    ASSERT_TRUE(directory) << directory.error();
    EXPECT_EQ(directory->comment(), "of the archive");
    ASSERT_EQ(directory->entries().size(), 3U);
    const auto& entry = directory->entries()[0];
    EXPECT_EQ(entry.name, "0/0/0.mvt");
    EXPECT_EQ(entry.comment(), "of an entry");
    EXPECT_EQ(entry.method, static_cast<std::uint16_t>(how.method));
    EXPECT_EQ(entry.size, text.size());
    EXPECT_EQ(entry.crc32, crc32(as_bytes(text)));
    EXPECT_EQ(entry.compressed_size == text.size(), how.method == Method::stored);
}

INSTANTIATE_TEST_SUITE_P(
    Ways, WrittenArchive,
    testing::Values(WriterCase{Method::stored, false, false}, WriterCase{Method::stored, false, true},
                    WriterCase{Method::stored, true, false}, WriterCase{Method::stored, true, true},
                    WriterCase{Method::deflated, false, false}, WriterCase{Method::deflated, false, true},
                    WriterCase{Method::deflated, true, false}, WriterCase{Method::deflated, true, true}));

TEST(Writer, gives_the_same_bytes_for_the_same_input) {
    const auto write = [] {
        Writer writer;
        writer.add("a", as_bytes("content"));
        return writer.finish();
    };
    EXPECT_EQ(write(), write());
}

TEST(Writer, takes_data_that_are_deflated_already) {
    const auto text = prose(3000);
    std::vector<std::byte> deflated;
    append_deflated(deflated, as_bytes(text), 12);
    Writer writer;
    writer.add_deflated("a", deflated, crc32(as_bytes(text)), text.size());
    EXPECT_EQ(*read(writer.finish(), "a"), text);
}

TEST(Writer, of_no_entries_gives_an_empty_archive) {
    const auto archive = Writer().finish();
    EXPECT_EQ(archive, end_record(0, 0, 0));
    const auto directory = open(archive);
    ASSERT_TRUE(directory) << directory.error();
    EXPECT_TRUE(directory->entries().empty());
    EXPECT_EQ(directory->find(""), nullptr);
}

TEST(Writer, marks_names_beyond_ascii_as_utf8) {
    Writer writer;
    writer.add("plain", as_bytes("1"));
    writer.add("Firenze/caff\xc3\xa8.json", as_bytes("2"));
    const auto archive = writer.finish();
    const auto directory = open(archive);
    ASSERT_TRUE(directory) << directory.error();
    EXPECT_EQ(directory->entries()[0].flags & format::utf8_flag, 0);
    EXPECT_NE(directory->entries()[1].flags & format::utf8_flag, 0);
    EXPECT_EQ(*read(archive, "Firenze/caff\xc3\xa8.json"), "2");
}

}  // namespace
}  // namespace tapalcatl::zip
