#include "source/freshness.hpp"

#include <gtest/gtest.h>

namespace tapalcatl::source {
namespace {

using std::chrono::hours;
using std::chrono::seconds;

constexpr FreshnessRules usual{};
constexpr FreshnessRules for_ever{.fresh_for = seconds(0)};

struct AgeCase {
    const char* what;
    seconds time;
    bool is_failing;
    FreshnessRules rules;
    Age age;
};

class Ages : public testing::TestWithParam<AgeCase> {};

TEST_P(Ages, follow_from_the_time_since_validation) {
    const auto& given = GetParam();
    EXPECT_EQ(age_of(given.time, given.is_failing, given.rules), given.age) << given.what;
}

INSTANTIATE_TEST_SUITE_P(
    Limits, Ages,
    testing::Values(AgeCase{"just read", seconds(0), false, usual, Age::fresh},
                    AgeCase{"before the end", seconds(299), false, usual, Age::fresh},
                    AgeCase{"a failure does not end freshness", seconds(299), true, usual, Age::fresh},
                    AgeCase{"at the end", seconds(300), false, usual, Age::past},
                    AgeCase{"an hour past", seconds(300 + 3600), false, usual, Age::past},
                    AgeCase{"more than an hour past", seconds(300 + 3601), false, usual, Age::expired},
                    AgeCase{"a day past in an outage", seconds(300) + hours(24), true, usual, Age::past},
                    AgeCase{"more than a day past in an outage", seconds(301) + hours(24), true, usual, Age::expired},
                    AgeCase{"for ever", hours(24 * 365), false, for_ever, Age::fresh},
                    AgeCase{"for ever in an outage", hours(24 * 365), true, for_ever, Age::fresh}));

struct ElapsedCase {
    const char* what;
    seconds steady;
    seconds wall;
    seconds elapsed;
};

class ElapsedTimes : public testing::TestWithParam<ElapsedCase> {};

TEST_P(ElapsedTimes, are_those_of_the_clock_that_saw_more) {
    const auto& given = GetParam();
    const Moment since{SteadyTime(hours(10)), WallTime(hours(400'000))};
    const Moment now{since.steady + given.steady, since.wall + given.wall};
    EXPECT_EQ(elapsed(since, now), given.elapsed) << given.what;
}

INSTANTIATE_TEST_SUITE_P(Clocks, ElapsedTimes,
                         testing::Values(ElapsedCase{"both agree", seconds(5), seconds(5), seconds(5)},
                                         ElapsedCase{"the machine slept", seconds(5), hours(9), hours(9)},
                                         ElapsedCase{"the wall clock was set back", seconds(5), seconds(-3600),
                                                     seconds(5)},
                                         ElapsedCase{"the moment lies ahead", seconds(-5), seconds(-5), seconds(0)}));

}  // namespace
}  // namespace tapalcatl::source
