#include "cli/progress.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tapalcatl::cli {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::HasSubstr;

class HandClock final : public Clock {
 public:
    SteadyTime now() const override { return now_; }
    WallTime wall() const override { return {}; }
    void pass(milliseconds time) { now_ += time; }

 private:
    SteadyTime now_{};
};

TEST(Progress, writes_a_line_every_five_seconds_where_there_is_no_terminal) {
    HandClock clock;
    std::string written;
    Progress progress(clock, Progress::Style::lines, {10, 1'000'000}, [&](std::string_view text) { written += text; });
    clock.pass(milliseconds(4999));
    progress.show({1, 100'000});
    EXPECT_EQ(written, "");
    clock.pass(milliseconds(1));
    progress.show({2, 250'000});
    EXPECT_EQ(written, "2 of 10 archives, 250.0 kB of 1.0 MB, 00:00:15 left\n");
    clock.pass(seconds(4));
    progress.show({3, 300'000});
    progress.clear();
    EXPECT_EQ(written, "2 of 10 archives, 250.0 kB of 1.0 MB, 00:00:15 left\n");
}

TEST(Progress, draws_a_bar_over_the_last_one_and_takes_it_away) {
    HandClock clock;
    std::string written;
    Progress progress(clock, Progress::Style::bar, {2, 1000}, [&](std::string_view text) { written += text; });
    progress.clear();
    EXPECT_EQ(written, "");
    clock.pass(milliseconds(100));
    progress.show({1, 500});
    EXPECT_EQ(written, "\r\x1b[K[############............] 1 of 2 archives, 500 B of 1.0 kB");
    written.clear();
    progress.show({1, 600});
    EXPECT_EQ(written, "");
    progress.clear();
    EXPECT_EQ(written, "\r\x1b[K");
}

TEST(Progress, stays_inside_its_bar_when_there_is_more_than_was_counted) {
    HandClock clock;
    std::string written;
    Progress progress(clock, Progress::Style::bar, {0, 0}, [&](std::string_view text) { written += text; });
    clock.pass(seconds(1));
    progress.show({3, 5000});
    EXPECT_THAT(written, HasSubstr("[........................] 3 of 0"));

    Progress more(clock, Progress::Style::bar, {1, 10}, [&](std::string_view text) { written += text; });
    clock.pass(seconds(1));
    more.show({3, 5000});
    EXPECT_THAT(written, HasSubstr("[########################] 3 of 1"));
}

}  // namespace
}  // namespace tapalcatl::cli
