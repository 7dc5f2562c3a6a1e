#include "source/tapalcatl2_comments.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <string>
#include <string_view>

namespace tapalcatl::tests {
namespace {

using namespace source;

TEST(ArchiveComments, give_headers_by_format_over_those_for_all) {
    const auto [headers, warning] = read_archive_comment(
        R"({"tapalcatl":"2.0.0","root":"4/0/0","headers":[{"X-A":"1"},{"X-B":"2"}],
            "formats":{"png":"image/png","mvt":[{"Content-Type":"a/b"},{"x-a":"3"}]}})");
    EXPECT_EQ(warning, "");
    ASSERT_NE(headers.of("4/0/0@2x.png"), nullptr);
    EXPECT_EQ(headers.of("4/0/0@2x.png")->fields,
              (HeaderList{{"X-A", "1"}, {"X-B", "2"}, {"Content-Type", "image/png"}}));
    EXPECT_EQ(headers.of("4/0/0.mvt")->fields, (HeaderList{{"x-a", "3"}, {"X-B", "2"}, {"Content-Type", "a/b"}}));
    EXPECT_EQ(headers.of("4/0/0")->fields, (HeaderList{{"X-A", "1"}, {"X-B", "2"}}));
    EXPECT_EQ(headers.of("0/0/0.txt"), headers.any_format);
}

TEST(ArchiveComments, without_headers_cost_nothing) {
    for (const std::string_view comment : {"", "{}", R"({"root":"0/0/0"})", R"({"formats":{}})", R"({"headers":[]})"}) {
        const auto read = read_archive_comment(comment);
        EXPECT_TRUE(read.headers.empty()) << comment;
        EXPECT_EQ(read.warning, "") << comment;
    }
}

struct WarningCase {
    std::string comment;
    std::string_view warning;
};

class ArchiveWarnings : public testing::TestWithParam<WarningCase> {};

TEST_P(ArchiveWarnings, tell_what_is_not_used) {
    const auto& [comment, warning] = GetParam();
    const auto read = read_archive_comment(comment);
    EXPECT_EQ(read.warning, warning);
    EXPECT_EQ(read.headers.of("0/0/0.png"), nullptr);
}

INSTANTIATE_TEST_SUITE_P(
    ArchiveComments, ArchiveWarnings,
    testing::Values(
        WarningCase{"made by zip 3.0", "it is no JSON: 'made by zip 3.0'"},
        WarningCase{"{\"headers\":[", "it is no JSON: '{\"headers\":['"},
        WarningCase{"[]", "it is an array: expected an object"},
        WarningCase{std::string(65'535, 'x'), "it is no JSON: 'xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx...'"},
        WarningCase{std::string(65'535, '['), "it is no JSON: '[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[...'"},
        WarningCase{R"({"headers":"x"})", "headers: a string: expected objects from header names to values"},
        WarningCase{R"({"headers":[{"A":"1\nB: 2"}]})",
                    "headers: header 'A': its value has the byte 0x0a: expected printable ASCII"},
        WarningCase{R"({"headers":[{"A\r\nB":"1"}]})", "headers: header 'A\\x0d\\x0aB': its name is no token"},
        WarningCase{R"({"headers":[{"Connection":"close"},{"TE":"x"},{"ETag":"1"},{"Set-Cookie":"a=b"}]})",
                    "headers: header 'Connection': it belongs to the connection; headers: header 'TE': it belongs to "
                    "the connection; headers: header 'ETag': the server makes it itself; and 1 more"},
        WarningCase{R"({"headers":[{"A":1}]})", "headers: header 'A': a number: expected a string"},
        WarningCase{R"({"formats":[]})", "formats: an array: expected an object"}));

TEST(ArchiveComments, have_limits) {
    std::string many = R"({"headers":{)";
    for (unsigned i = 0; i < 40; ++i) {
        many += fmt::format("{}\"X-{}\":\"{}\"", i == 0 ? "" : ",", i, i);
    }
    const auto read = read_archive_comment(many + "}}");
    ASSERT_NE(read.headers.any_format, nullptr);
    EXPECT_EQ(read.headers.any_format->fields.size(), max_header_count);
    EXPECT_NE(read.warning.find("expected at most 32 headers"), std::string::npos) << read.warning;

    const auto long_value = read_archive_comment(fmt::format(R"({{"headers":{{"A":"{}"}}}})", std::string(3000, 'a')));
    EXPECT_TRUE(long_value.headers.empty());
    EXPECT_EQ(long_value.warning, "headers: header 'A': its value has 3000 bytes, over the limit of 2048");
}

TEST(EntryComments, give_headers_as_an_array_or_an_object) {
    EXPECT_EQ(read_entry_comment(R"([{"Content-Type":"image/png"},{"X-Root":"2/3/3"}])").headers,
              (HeaderList{{"Content-Type", "image/png"}, {"X-Root", "2/3/3"}}));
    EXPECT_EQ(read_entry_comment(R"({"X-A":" 1 ","x-a":"2"})").headers, (HeaderList{{"x-a", "2"}}));
    EXPECT_TRUE(read_entry_comment("").headers.empty());
    EXPECT_EQ(read_entry_comment("tile").warning, "it is no JSON: 'tile'");
    EXPECT_EQ(read_entry_comment("[[]]").warning,
              "its comment: an array: expected objects from header names to values");
}

TEST(TileHeaders, know_what_a_response_needs) {
    const source::TileHeaders headers({{"content-type", "image/png"}, {"X-A", "1"}, {"Cache-Control", "no-cache"}});
    EXPECT_EQ(headers.content_type, "image/png");
    EXPECT_EQ(headers.cache_control, "no-cache");
    EXPECT_EQ(headers.others, (HeaderList{{"X-A", "1"}}));
    EXPECT_NE(headers.salt, 0U);
    EXPECT_NE(headers.salt, source::TileHeaders({{"content-type", "image/png"}, {"X-A", "2"}}).salt);
    EXPECT_EQ(source::TileHeaders({}).salt, 0U);
}

TEST(TileHeaders, of_a_tile_go_over_those_of_its_tileset) {
    const auto of_tileset = std::make_shared<const source::TileHeaders>(HeaderList{{"A", "1"}, {"B", "1"}});
    const auto of_tile = std::make_shared<const source::TileHeaders>(HeaderList{{"b", "2"}});
    const auto all = std::make_shared<const source::TileHeaders>(HeaderList{{"a", "3"}, {"b", "3"}, {"C", "3"}});
    EXPECT_EQ(merged(of_tileset, of_tile)->fields, (HeaderList{{"A", "1"}, {"b", "2"}}));
    EXPECT_EQ(merged(of_tileset, all), all);  // nothing is copied
    EXPECT_EQ(merged(of_tileset, nullptr), of_tileset);
    EXPECT_EQ(merged(nullptr, of_tile), of_tile);
    EXPECT_EQ(merged(nullptr, nullptr), nullptr);
}

}  // namespace
}  // namespace tapalcatl::tests
