#include "web/characters.hpp"

#include <gtest/gtest.h>

#include <string>

namespace tapalcatl::web {
namespace {

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
