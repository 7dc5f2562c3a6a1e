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

TEST(Text, times_are_written_in_utc_with_milliseconds) {
    const auto at = [](std::chrono::year_month_day day, std::chrono::microseconds into) {
        return rfc3339(WallTime(std::chrono::sys_days(day)) + into);
    };
    using namespace std::chrono_literals;
    EXPECT_EQ(at(std::chrono::year(2026) / 11 / 28, 13h + 5min + 9s + 123ms), "2026-11-28T13:05:09.123Z");
    EXPECT_EQ(at(std::chrono::year(2024) / 2 / 29, 24h - 1us), "2024-02-29T23:59:59.999Z");
    EXPECT_EQ(at(std::chrono::year(1969) / 12 / 31, 24h - 1ms), "1969-12-31T23:59:59.999Z") << "before the epoch";
    EXPECT_EQ(at(std::chrono::year(1700) / 1 / 1, 0s), "1700-01-01T00:00:00.000Z");
}

}  // namespace
}  // namespace tapalcatl
