#include "settings/suggestion.hpp"

#include <gtest/gtest.h>

#include <array>
#include <string>

namespace tapalcatl {
namespace {

constexpr std::array<std::string_view, 4> words{"serve", "ls", "cat", "verify"};

TEST(NearestWord, is_one_or_two_slips_away) {
    EXPECT_EQ(nearest_word("serv", words), "serve");
    EXPECT_EQ(nearest_word("sevre", words), "serve");
    EXPECT_EQ(nearest_word("cat", words), "cat");
    EXPECT_EQ(nearest_word("vrify", words), "verify");
}

TEST(NearestWord, is_none_where_half_of_it_would_change) {
    EXPECT_EQ(nearest_word("l", words), "");
    EXPECT_EQ(nearest_word("dog", words), "");
    EXPECT_EQ(nearest_word("", words), "");
    EXPECT_EQ(nearest_word(std::string(100'000, 'x'), words), "");
}

}  // namespace
}  // namespace tapalcatl
