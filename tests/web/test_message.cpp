#include "web/message.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace tapalcatl::web {
namespace {

TEST(Headers, are_found_in_any_case) {
    Headers headers;
    headers.add("Content-Type", "text/plain");
    headers.add("ETag", "\"1\"");
    EXPECT_EQ(headers.find("etag"), "\"1\"");
    EXPECT_EQ(headers.find("CONTENT-TYPE"), "text/plain");
}

TEST(Headers, answer_nothing_for_a_name_that_is_not_there) {
    Headers headers;
    EXPECT_EQ(headers.find("Vary"), "");
    headers.add("Content-Type", "Vary: Accept");
    headers.add("Vary-Not", "x");
    EXPECT_EQ(headers.find("Vary"), "");
    EXPECT_EQ(headers.find("Content"), "");
    EXPECT_EQ(headers.find(""), "");
}

TEST(Headers, answer_the_first_of_several_and_empty_values) {
    Headers headers;
    headers.add("Vary", "");
    headers.add("Allow", "GET");
    headers.add("Allow", "HEAD");
    EXPECT_EQ(headers.find("Vary"), "");
    EXPECT_EQ(headers.find("Allow"), "GET");
}

TEST(Headers, are_visited_in_the_order_in_which_they_were_added) {
    Headers headers;
    headers.add("B", "2: 3");
    headers.add("A", "1");
    std::vector<std::pair<std::string, std::string>> seen;
    headers.for_each([&](auto name, auto value) { seen.emplace_back(name, value); });
    EXPECT_THAT(seen, testing::ElementsAre(testing::Pair("B", "2: 3"), testing::Pair("A", "1")));
    EXPECT_EQ(headers.text(), "B: 2: 3\r\nA: 1\r\n");
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
