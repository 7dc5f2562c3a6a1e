#include "base/text.hpp"

#include <gtest/gtest.h>

namespace tapalcatl {
namespace {

TEST(ParseNumber, takes_digits_only) {
    EXPECT_EQ(parse_number("0"), 0U);
    EXPECT_EQ(parse_number("0016"), 16U);
    EXPECT_EQ(parse_number("18446744073709551615"), 18446744073709551615U);
    for (const auto* text : {"", "-1", "+1", "1.0", " 1", "1 ", "0x1", "18446744073709551616", "1e3"}) {
        EXPECT_EQ(parse_number(text), std::nullopt) << text;
    }
}

TEST(Iequals, ignores_the_case_of_ascii_letters_alone) {
    EXPECT_TRUE(iequals("GZip", "gzIP"));
    EXPECT_FALSE(iequals("gzip", "gzi"));
    EXPECT_FALSE(iequals("[", "{"));
}

TEST(Trim, removes_blanks_at_both_ends) {
    EXPECT_EQ(trim(" \ta b\t "), "a b");
    EXPECT_EQ(trim(" \t"), "");
}

TEST(NextField, walks_through_a_list) {
    std::string_view rest = "a,,b";
    EXPECT_EQ(next_field(rest, ','), "a");
    EXPECT_EQ(next_field(rest, ','), "");
    EXPECT_EQ(next_field(rest, ','), "b");
    EXPECT_TRUE(rest.empty());
}

TEST(HumanSize, rounds_to_three_digits_or_so) {
    EXPECT_EQ(human_size(0), "0 B");
    EXPECT_EQ(human_size(999), "999 B");
    EXPECT_EQ(human_size(1000), "1.0 kB");
    EXPECT_EQ(human_size(999'949), "999.9 kB");
    EXPECT_EQ(human_size(999'950), "1.0 MB");
    EXPECT_EQ(human_size(7'690'240), "7.7 MB");
}

TEST(Printable, leaves_nothing_that_could_break_a_line) {
    EXPECT_EQ(printable("a\nb\x1b[1m\xff"), "a\\x0ab\\x1b[1m\\xff");
}

}  // namespace
}  // namespace tapalcatl
