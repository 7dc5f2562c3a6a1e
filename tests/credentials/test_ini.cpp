#include "credentials/ini.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace tapalcatl::credentials {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;
using testing::UnorderedElementsAre;

IniSection only(std::string_view text) {
    const auto sections = parse_ini(text);
    EXPECT_TRUE(sections) << sections.error();
    EXPECT_EQ(sections ? sections->size() : 0, 1U);
    return sections && sections->size() == 1 ? sections->front() : IniSection{};
}

TEST(IniFiles, have_sections_with_keys_in_lower_case) {
    const auto section = only("[ profile x ]\r\n AWS_Access_Key_ID=AKID\r\nregion : eu-central-1 \r\n");
    EXPECT_EQ(section.name, "profile x");
    EXPECT_THAT(section.values,
                UnorderedElementsAre(Pair("aws_access_key_id", "AKID"), Pair("region", "eu-central-1")));
}

TEST(IniFiles, have_comments_on_lines_of_their_own_only) {
    const auto section = only("# one\n ; two\n[a]\n# k = v\nkey = a # b ; c\n   # not a continuation\nother = x\n");
    EXPECT_THAT(section.values, UnorderedElementsAre(Pair("key", "a # b ; c"), Pair("other", "x")));
}

TEST(IniFiles, keep_what_follows_the_first_separator) {
    const auto section = only("[a]\nendpoint_url = https://s3.example.com:9000/\nsecret = ab/c+d==\nempty =\n");
    EXPECT_THAT(section.values, UnorderedElementsAre(Pair("endpoint_url", "https://s3.example.com:9000/"),
                                                     Pair("secret", "ab/c+d=="), Pair("empty", "")));
}

TEST(IniFiles, nest_the_indented_lines_below_a_key_without_a_value) {
    const auto section = only("[a]\ns3 =\n\n    Addressing_Style = path\n  # a comment\n\tmax = 2 = 3\nregion = r\n");
    EXPECT_THAT(section.values, UnorderedElementsAre(Pair("s3", ""), Pair("region", "r")));
    ASSERT_EQ(section.nested.count("s3"), 1U);
    EXPECT_THAT(section.nested.at("s3"), UnorderedElementsAre(Pair("addressing_style", "path"), Pair("max", "2 = 3")));
}

TEST(IniFiles, do_not_mistake_a_nested_key_for_one_of_the_section) {
    const auto section = only("[a]\ns3 =\n  region = nested\n");
    EXPECT_EQ(section.values.count("region"), 0U);
}

TEST(IniFiles, go_on_with_a_value_on_lines_that_are_indented_deeper) {
    EXPECT_THAT(only("[a]\n  key = one\n    two\n  other = x\n").values,
                UnorderedElementsAre(Pair("key", "one\ntwo"), Pair("other", "x")));
}

TEST(IniFiles, merge_sections_that_are_there_twice) {
    const auto section = only("[a]\none = 1\ntwo = 1\n[a] ; again\ntwo = 2\n");
    EXPECT_THAT(section.values, UnorderedElementsAre(Pair("one", "1"), Pair("two", "2")));
}

TEST(IniFiles, may_be_empty_or_begin_with_the_mark_of_utf_8) {
    EXPECT_THAT(*parse_ini(""), IsEmpty());
    EXPECT_THAT(*parse_ini("\n\n# nothing"), IsEmpty());
    EXPECT_EQ(only("\xef\xbb\xbf[default]").name, "default");
}

struct BrokenCase {
    std::string text, message;
};
class BrokenIniFiles : public testing::TestWithParam<BrokenCase> {};

TEST_P(BrokenIniFiles, are_refused_with_the_line_and_without_its_text) {
    const auto sections = parse_ini(GetParam().text);
    ASSERT_FALSE(sections);
    EXPECT_EQ(sections.error().code, Errc::usage);
    EXPECT_EQ(sections.error().message, GetParam().message);
}

INSTANTIATE_TEST_SUITE_P(
    Kinds, BrokenIniFiles,
    testing::Values(BrokenCase{"key = secret", "line 1: a setting before the first section"},
                    BrokenCase{"[a]\n\nsecret", "line 3: neither a section nor \"key = value\""},
                    BrokenCase{"[a", "line 1: the name of a section without ']'"},
                    BrokenCase{"[]", "line 1: a section without a name"},
                    BrokenCase{"[ ]\n", "line 1: a section without a name"},
                    BrokenCase{"[a]\n = secret", "line 2: a value without a key"},
                    BrokenCase{"[a]\ns3 =\n  secret", "line 3: an indented line that is not \"key = value\""},
                    BrokenCase{"[a]\ns3 =\n  =secret", "line 3: an indented line that is not \"key = value\""}));

TEST(IniFiles, that_are_too_large_are_refused) {
    EXPECT_TRUE(parse_ini(std::string(max_ini_bytes, '\n')));
    EXPECT_FALSE(parse_ini(std::string(max_ini_bytes + 1, '\n')));
}

TEST(IniFiles, cut_at_any_length_have_a_part_of_their_sections_or_are_refused) {
    const std::string whole = "[default]\nregion = a\ns3 =\n  addressing_style = path\n[profile b]\nrole_arn = c\n";
    for (std::size_t size = 0; size <= whole.size(); ++size) {
        const auto sections = parse_ini(whole.substr(0, size));
        if (sections) {
            EXPECT_LE(sections->size(), 2U);
        } else {
            EXPECT_EQ(sections.error().code, Errc::usage);
        }
    }
}

}  // namespace
}  // namespace tapalcatl::credentials
