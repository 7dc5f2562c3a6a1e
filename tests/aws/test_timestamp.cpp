#include "aws/timestamp.hpp"

#include <gtest/gtest.h>

#include <array>
#include <chrono>
#include <string>

namespace tapalcatl::aws {
namespace {

using namespace std::chrono_literals;

constexpr WallTime noon = std::chrono::sys_days(std::chrono::year(2026) / 11 / 23) + 12h + 34min + 56s;

TEST(AmzDates, have_no_punctuation_and_no_fraction) {
    EXPECT_EQ(amz_date(noon + 999ms), "20261123T123456Z");
    EXPECT_EQ(amz_date(WallTime(0s)), "19700101T000000Z");
}

struct TimestampCase {
    std::string text;
    WallTime time;
};
class Timestamps : public testing::TestWithParam<TimestampCase> {};

TEST_P(Timestamps, are_read_in_every_form_that_is_in_use) {
    EXPECT_EQ(parse_timestamp(GetParam().text), GetParam().time);
}

INSTANTIATE_TEST_SUITE_P(
    Forms, Timestamps,
    testing::Values(TimestampCase{"2026-11-23T12:34:56Z", noon}, TimestampCase{"2026-11-23T12:34:56.123456789Z", noon},
                    TimestampCase{"2026-11-23T12:34:56UTC", noon}, TimestampCase{"2026-11-23T13:34:56+01:00", noon},
                    TimestampCase{"2026-11-23T02:04:56-1030", noon}, TimestampCase{"2026-11-23 12:34:56+00:00", noon},
                    TimestampCase{"2026-11-23 12:34:56 +0000", noon}, TimestampCase{"2026-11-23T12:34:56.5+00", noon},
                    TimestampCase{"2026-11-23 12:34:56 UTC", noon}, TimestampCase{"2026-11-23t12:34:56z", noon},
                    TimestampCase{"20261123T123456Z", noon}, TimestampCase{"2026-11-23T12:34Z", noon - 56s},
                    TimestampCase{"20261123T1234Z", noon - 56s}, TimestampCase{"2026-11-23T12:34:56,5Z", noon},
                    TimestampCase{"Mon, 23 Nov 2026 12:34:56 GMT", noon},
                    TimestampCase{"2024-02-29T00:00:00Z", std::chrono::sys_days(std::chrono::year(2024) / 2 / 29)}));

TEST(Timestamps, of_any_other_form_are_none) {
    for (const auto* text :
         {"", "2026-11-23", "2026-11-2312:34:56Z", "2026-1123T12:34:56Z", "2026-11-23T12:34:56",
          "2026-11-23T12:34:56.Z", "2026-02-29T00:00:00Z", "2026-13-01T00:00:00Z", "2026-11-23T24:00:00Z",
          "2026-11-23T12:34:56Z ", " 2026-11-23T12:34:56Z", "2026-11-23T12:34:56+1:00", "-026-11-23T12:34:56Z",
          "9999-12-31T23:59:59Z", "0000-01-01T00:00:00Z"}) {
        EXPECT_EQ(parse_timestamp(text), std::nullopt) << text;
    }
}

TEST(Timestamps, cut_at_any_length_are_none_unless_only_the_minutes_of_the_offset_are_gone) {
    const std::string whole = "2026-11-23T12:34:56.5+0100";
    ASSERT_TRUE(parse_timestamp(whole));
    for (std::size_t size = 0; size < whole.size(); ++size) {
        const auto time = parse_timestamp(whole.substr(0, size));
        EXPECT_TRUE(!time || (size == whole.size() - 2 && time == parse_timestamp(whole))) << size;
    }
}

}  // namespace
}  // namespace tapalcatl::aws
