#include "cli/json.hpp"

#include <gtest/gtest.h>

namespace tapalcatl::cli {
namespace {

TEST(Utf8, lets_what_is_utf8_pass) {
    for (const auto* text : {"", "plain", "\xc3\xbc", "\xe2\x82\xac", "\xf0\x9f\x97\xba", "a\xc3\xbc!", "\xed\x9f\xbf",
                             "\xf4\x8f\xbf\xbf"}) {
        EXPECT_EQ(utf8(text), text);
    }
}

TEST(Utf8, replaces_every_byte_that_is_not) {
    constexpr auto replaced = "\xef\xbf\xbd";
    EXPECT_EQ(utf8("\xff"), replaced);
    EXPECT_EQ(utf8("a\x80z"), std::string("a") + replaced + "z");
    EXPECT_EQ(utf8("\xc3"), replaced);                                                            // cut off
    EXPECT_EQ(utf8("\xe2\x82"), std::string(replaced) + replaced);                                // cut off
    EXPECT_EQ(utf8("\xc0\xaf"), std::string(replaced) + replaced);                                // overlong
    EXPECT_EQ(utf8("\xe0\x80\xaf"), std::string(replaced) + replaced + replaced);                 // overlong
    EXPECT_EQ(utf8("\xed\xa0\x80"), std::string(replaced) + replaced + replaced);                 // surrogate
    EXPECT_EQ(utf8("\xf4\x90\x80\x80"), std::string(replaced) + replaced + replaced + replaced);  // too far
    EXPECT_EQ(utf8("\xc3("), std::string(replaced) + "(");
}

}  // namespace
}  // namespace tapalcatl::cli
