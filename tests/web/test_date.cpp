#include "web/date.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <ctime>

namespace tapalcatl::web {
namespace {

using std::chrono::sys_days;
using std::chrono::sys_seconds;
using std::chrono::year;
using namespace std::chrono_literals;

constexpr sys_seconds example = sys_days(year{1994} / 11 / 6) + 8h + 49min + 37s;

TEST(HttpDates, are_written_as_imf_fixdate) {
    EXPECT_EQ(format_date(example), "Sun, 06 Nov 1994 08:49:37 GMT");
    EXPECT_EQ(format_date(sys_seconds{}), "Thu, 01 Jan 1970 00:00:00 GMT");
    EXPECT_EQ(format_date(sys_days(year{2024} / 2 / 29) + 23h + 59min + 59s), "Thu, 29 Feb 2024 23:59:59 GMT");
    EXPECT_EQ(format_date(sys_seconds{-1s}), "Wed, 31 Dec 1969 23:59:59 GMT");
}

TEST(HttpDates, are_held_within_the_years_that_have_four_digits) {
    EXPECT_EQ(format_date(sys_seconds::max()), "Fri, 31 Dec 9999 23:59:59 GMT");
    EXPECT_EQ(format_date(sys_seconds::min()), "Sat, 01 Jan 0000 00:00:00 GMT");
}

TEST(HttpDates, are_read_in_all_three_forms) {
    EXPECT_EQ(parse_date("Sun, 06 Nov 1994 08:49:37 GMT"), example);
    EXPECT_EQ(parse_date("Sunday, 06-Nov-94 08:49:37 GMT"), example);
    EXPECT_EQ(parse_date("Sun Nov  6 08:49:37 1994"), example);
    EXPECT_EQ(parse_date("Sun Nov 06 08:49:37 1994"), example);
    EXPECT_EQ(parse_date("Wed Nov 16 08:49:37 1994"), example + 240h);
}

TEST(HttpDates, with_two_digits_for_the_year_are_from_1970_to_2069) {
    EXPECT_EQ(parse_date("Monday, 01-Jan-70 00:00:00 GMT"), sys_seconds{});
    EXPECT_EQ(parse_date("Monday, 01-Jan-69 00:00:00 GMT"), sys_days(year{2069} / 1 / 1));
    EXPECT_EQ(parse_date("Saturday, 01-Jan-00 00:00:00 GMT"), sys_days(year{2000} / 1 / 1));
}

TEST(HttpDates, may_have_a_leap_second_or_the_wrong_weekday) {
    EXPECT_EQ(parse_date("Sat, 31 Dec 2016 23:59:60 GMT"), sys_days(year{2017} / 1 / 1));
    EXPECT_EQ(parse_date("Mon, 06 Nov 1994 08:49:37 GMT"), example);
}

TEST(HttpDates, come_back_the_same_from_their_text) {
    // Every 11 days and some seconds, so that all months, weekdays and hours come by, from year 0 to 9999.
    for (sys_seconds time = sys_days(year{0} / 1 / 1); time < sys_days(year{10000} / 1 / 1); time += 271h + 4217s) {
        ASSERT_EQ(parse_date(format_date(time)), time) << format_date(time);
    }
}

TEST(HttpDates, cut_at_any_length_are_none) {
    for (const std::string_view whole :
         {"Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994"}) {
        for (std::size_t size = 0; size < whole.size(); ++size) {
            EXPECT_EQ(parse_date(whole.substr(0, size)), std::nullopt) << whole.substr(0, size);
        }
    }
}

TEST(HttpDates, of_no_form_or_of_no_day_are_none) {
    for (const auto* text : {"0",
                             "784111777",
                             "1994-11-06T08:49:37Z",
                             "Sun, 6 Nov 1994 08:49:37 GMT",
                             "Sun, 06 Nov 94 08:49:37 GMT",
                             "Sun, 06 Nov 1994 08:49:37 UTC",
                             "Sun, 06 Nov 1994 08:49:37 +0000",
                             "Sun, 06 Nov 1994 08:49:37 gmt",
                             "sun, 06 Nov 1994 08:49:37 GMT",
                             "Son, 06 Nov 1994 08:49:37 GMT",
                             "Sun, 06 Okt 1994 08:49:37 GMT",
                             "Sun, 06 Nov 1994 24:00:00 GMT",
                             "Sun, 06 Nov 1994 08:60:37 GMT",
                             "Sun, 06 Nov 1994 08:49:61 GMT",
                             "Sun, 31 Nov 1994 08:49:37 GMT",
                             "Tue, 29 Feb 2023 08:49:37 GMT",
                             "Sun, 00 Nov 1994 08:49:37 GMT",
                             "Sun, -6 Nov 1994 08:49:37 GMT",
                             "Sun, +6 Nov 1994 08:49:37 GMT",
                             "Sun, 06 Nov -994 08:49:37 GMT",
                             "Sun, 06 Nov 1994  8:49:37 GMT",
                             "Sun,06 Nov 1994 08:49:37 GMT",
                             " Sun, 06 Nov 1994 08:49:37 GMT",
                             "Sun, 06 Nov 1994 08:49:37 GMT ",
                             "Sun, 06 Nov 1994 08:49:37 GMT; length=5",
                             "Sun, 06-Nov-94 08:49:37 GMT",
                             "Sunday, 06-Nov-1994 08:49:37 GMT",
                             "Sun Nov 6 08:49:37 1994",
                             "Sun Nov  6 08:49:37 1994 GMT",
                             "Sun, 06 Nov 1994 08:49:37 GMT, Sun, 06 Nov 1994 08:49:37 GMT"}) {
        EXPECT_EQ(parse_date(text), std::nullopt) << text;
    }
}

TEST(HttpDates, do_not_depend_on_the_time_zone) {
    const char* before = std::getenv("TZ");
    const std::string kept = before == nullptr ? "" : before;
    ::setenv("TZ", "Asia/Kathmandu", 1);
    ::tzset();
    EXPECT_EQ(format_date(example), "Sun, 06 Nov 1994 08:49:37 GMT");
    EXPECT_EQ(parse_date("Sun, 06 Nov 1994 08:49:37 GMT"), example);
    if (before == nullptr) {
        ::unsetenv("TZ");
    } else {
        ::setenv("TZ", kept.c_str(), 1);
    }
    ::tzset();
}

}  // namespace
}  // namespace tapalcatl::web
