#include "base/error.hpp"

#include <gtest/gtest.h>

#include <sstream>

namespace tapalcatl {
namespace {

Result<int> answer(bool good) {
    if (!good) {
        return fail(Errc::corrupt, "{} of {}", 3, 7);
    }
    return 42;
}

TEST(Results, hold_a_value_or_the_reason_why_not) {
    EXPECT_EQ(*answer(true), 42);
    ASSERT_FALSE(answer(false));
    EXPECT_EQ(answer(false).error(), (Error{Errc::corrupt, "3 of 7"}));
}

TEST(Errors, gain_a_place_at_each_layer_and_keep_their_code) {
    const auto error = fail(Errc::no_tile, "no such tile").within("1/0/0.mvt").within("all/3/1/2.zip");
    EXPECT_EQ(error.code, Errc::no_tile);
    EXPECT_EQ(error.message, "all/3/1/2.zip: 1/0/0.mvt: no such tile");
}

TEST(Errors, print_their_code_and_message) {
    std::ostringstream out;
    out << Error{Errc::timeout, "8 s are over"};
    EXPECT_EQ(out.str(), "timeout: 8 s are over");
}

}  // namespace
}  // namespace tapalcatl
