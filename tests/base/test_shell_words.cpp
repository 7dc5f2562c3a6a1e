#include "base/shell_words.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tapalcatl {
namespace {

using Words = std::vector<std::string>;

struct LineCase {
    std::string line;
    Words words;
};

class ShellWords : public testing::TestWithParam<LineCase> {};

TEST_P(ShellWords, are_those_of_shlex) {
    const auto words = shell_words(GetParam().line);
    ASSERT_TRUE(words) << words.error();
    EXPECT_EQ(*words, GetParam().words);
}

// What Python's shlex.split answers.
INSTANTIATE_TEST_SUITE_P(
    All, ShellWords,
    testing::Values(LineCase{"", {}}, LineCase{"  \t\r\n", {}}, LineCase{" a  b\tc\n", {"a", "b", "c"}},
                    LineCase{R"("/opt/my tool" --as 'a b')", {"/opt/my tool", "--as", "a b"}},
                    LineCase{R"(a"b c"'d e'f)", {"ab cd ef"}}, LineCase{R"('' "" x)", {"", "", "x"}},
                    LineCase{R"(a\ b \"c\' \\)", {"a b", "\"c'", "\\"}}, LineCase{R"("a\"b\\c\d\$")", {R"(a"b\c\d\$)"}},
                    LineCase{R"('a\b"')", {R"(a\b")"}}, LineCase{"a\\\nb", {"a\nb"}},
                    LineCase{"a # b", {"a", "#", "b"}},
                    LineCase{"$(x) `y` $Z ~ * | > ; &", {"$(x)", "`y`", "$Z", "~", "*", "|", ">", ";", "&"}}));

TEST(ShellWordsOf, a_broken_line_are_refused_without_showing_it) {
    for (const auto& line : Words{"a 'hush", "a \"hush", "hush\\", "\"hush\\", std::string("hush\0x", 6)}) {
        const auto words = shell_words(line);
        ASSERT_FALSE(words) << line;
        EXPECT_EQ(words.error().code, Errc::usage);
        EXPECT_THAT(words.error().message, testing::Not(testing::HasSubstr("hush")));
    }
}

}  // namespace
}  // namespace tapalcatl
