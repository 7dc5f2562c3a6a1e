#include "web/characters.hpp"

#include <gtest/gtest.h>

#include <string>

namespace tapalcatl::web {
namespace {

TEST(Utf8, is_what_the_standard_allows) {
    for (const std::string_view text :
         {"", "abc", "\xc2\x80", "Z\xc3\xbcrich", "\xe0\xa0\x80", "\xed\x9f\xbf", "\xee\x80\x80", "\xef\xbf\xbf",
          "\xf0\x90\x80\x80", "\xf4\x8f\xbf\xbf", "\xe6\x9d\xb1\xe4\xba\xac"}) {
        EXPECT_TRUE(is_utf8(text)) << text;
    }
}

TEST(Utf8, has_no_overlong_forms_surrogates_or_code_points_beyond_the_last) {
    for (const std::string_view text :
         {"\x80", "\xbf", "\xc0\x80", "\xc1\xbf", "\xe0\x80\x80", "\xe0\x9f\xbf", "\xed\xa0\x80", "\xed\xbf\xbf",
          "\xf0\x80\x80\x80", "\xf0\x8f\xbf\xbf", "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xff", "\xfe", "\xc3\xc3",
          "\xe6\x9d\x41", "a\xf0\x90\x80"}) {
        EXPECT_FALSE(is_utf8(text));
    }
}

TEST(Utf8, cut_inside_a_character_is_none) {
    const std::string text = "\xc3\xbc\xe6\x9d\xb1\xf0\x9f\x97\xba";
    for (std::size_t size = 0; size <= text.size(); ++size) {
        const bool between = size == 0 || size == 2 || size == 5 || size == 9;
        EXPECT_EQ(is_utf8(std::string_view(text).substr(0, size)), between) << size;
    }
}

TEST(ControlCharacters, are_the_ascii_ones) {
    for (int c = 0; c < 256; ++c) {
        const auto byte = static_cast<char>(c);
        EXPECT_EQ(has_control({&byte, 1}), c < 0x20 || c == 0x7f) << c;
    }
}

TEST(Tokens, are_made_of_the_characters_of_rfc_9110) {
    EXPECT_TRUE(is_token("x-Custom_Header.1!#$%&'*+^`|~"));
    EXPECT_FALSE(is_token(""));
    const std::string delimiters = "\"(),/:;<=>?@[\\]{}";
    for (int c = 0; c < 256; ++c) {
        const auto byte = static_cast<char>(c);
        const bool expected = c > 0x20 && c < 0x7f && delimiters.find(byte) == std::string::npos;
        EXPECT_EQ(is_token({&byte, 1}), expected) << c;
    }
}

TEST(ListMembers, are_trimmed_and_empty_ones_are_passed_over) {
    std::string_view rest = " ,, a b\t,c , ,";
    EXPECT_EQ(next_member(rest), "a b");
    EXPECT_EQ(next_member(rest), "c");
    EXPECT_EQ(next_member(rest), "");
    EXPECT_TRUE(rest.empty());
    EXPECT_EQ(next_member(rest), "");
}

}  // namespace
}  // namespace tapalcatl::web
