#include "cache/tier.hpp"

#include "tests/cache/tiered_fixture.hpp"

namespace tapalcatl::tests {
namespace {

using storage::IfMatch;
using storage::Span;

class TieredFailingTest : public TieredTest {};

TEST_F(TieredFailingTest, a_tier_that_is_down_fails_no_read) {
    tier->gets = Mode::fails;
    tier->puts = Mode::fails;
    for (int i = 0; i < 10; ++i) {
        EXPECT_EQ(text_of(read()), "state");
    }
    EXPECT_EQ(tiered->counters().failures, 10U);
    EXPECT_EQ(tiered->counters().put_failures, 10U);
    tier->gets = Mode::works;
    tier->puts = Mode::works;
    read();
    EXPECT_EQ(text_of(read()), "state");
    EXPECT_EQ(tiered->counters().hits, 1U);
}

TEST_F(TieredFailingTest, a_tier_that_fails_and_works_in_turn_is_logged_every_half_minute) {
    testing::internal::CaptureStderr();
    for (int second = 0; second < 60; ++second) {
        for (const auto mode : {Mode::fails, Mode::works}) {
            tier->gets = mode;
            read();
        }
        clock.pass(std::chrono::seconds(1));
    }
    const auto log = testing::internal::GetCapturedStderr();
    const auto times_said = [&](std::string_view words) {
        std::size_t times = 0;
        for (auto at = log.find(words); at != std::string::npos; at = log.find(words, at + 1)) {
            ++times;
        }
        return times;
    };
    EXPECT_EQ(times_said("reading fails"), 2U) << log;
    EXPECT_EQ(times_said("reading works again"), 2U) << log;
}

TEST_F(TieredFailingTest, a_tier_that_hangs_fails_no_read) {
    tier->gets = Mode::hangs;
    EXPECT_EQ(text_of(read()), "state");
    EXPECT_EQ(tiered->counters().timeouts, 1U);
    EXPECT_EQ(tier->puts_asked, 1U);
}

TEST_F(TieredFailingTest, the_budget_does_not_go_past_the_deadline) {
    options.budget = std::chrono::hours(1);
    start();
    tier->gets = Mode::hangs;
    const auto soon = std::chrono::steady_clock::now() + std::chrono::milliseconds(50);
    const auto content = run(context, tiered->read("a", storage::Suffix{5}, {}, soon));
    EXPECT_EQ(text_of(content), "state");
    EXPECT_EQ(tiered->counters().timeouts, 1U);
}

TEST_F(TieredFailingTest, a_tier_that_is_slow_thrice_in_a_row_is_left_alone) {
    tier->gets = Mode::hangs;
    for (int i = 0; i < 5; ++i) {
        EXPECT_EQ(text_of(read()), "state");
    }
    EXPECT_EQ(tiered->counters().timeouts, 3U);
    EXPECT_EQ(tiered->counters().skipped, 2U);

    clock.pass(std::chrono::seconds(1));
    tier->gets = Mode::works;
    read();
    read();
    EXPECT_EQ(tiered->counters().hits, 2U);
    EXPECT_EQ(tiered->counters().skipped, 2U);
}

TEST_F(TieredFailingTest, a_slow_tier_is_tried_less_and_less_often) {
    tier->gets = Mode::hangs;
    for (int i = 0; i < 120; ++i) {
        EXPECT_EQ(text_of(read()), "state");
        clock.pass(std::chrono::seconds(1));
    }
    // At 0, 1, 2 s; then after rests of 1, 2, 4, 8, 16, 30, 30 s.
    EXPECT_EQ(tiered->counters().timeouts, 3U + 7U);
}

TEST_F(TieredFailingTest, a_tier_that_is_slow_now_and_then_is_not_left_alone) {
    for (int i = 0; i < 4; ++i) {
        tier->gets = Mode::hangs;
        read();
        read();
        tier->gets = Mode::works;
        read();
    }
    EXPECT_EQ(tiered->counters().skipped, 0U);
}

TEST_F(TieredFailingTest, no_read_waits_for_a_put) {
    tier->puts = Mode::hangs;
    const auto version = read()->version;
    EXPECT_EQ(text_of(read(storage::IfMatch{version}, storage::Span{0, 5})), "first");
    EXPECT_EQ(tier->values.size(), 0U);
    tier->release();
    settle(context);
    EXPECT_EQ(tier->values.size(), 2U);
    EXPECT_EQ(tiered->counters().puts, 2U);
}

TEST_F(TieredFailingTest, a_read_waits_for_its_put_where_nothing_may_go_on_behind_it) {
    options.writes_behind = false;
    start();
    tier->puts = Mode::hangs;
    Running<Result<storage::Content>> content(context, reading(storage::Suffix{5}, {}, "a"));
    settle(context);
    EXPECT_EQ(tier->puts_asked, 1U);
    EXPECT_FALSE(content.done());
    tier->release();
    settle(context);
    ASSERT_TRUE(content.done());
    EXPECT_EQ(text_of(*content), "state");
    EXPECT_EQ(tier->values.size(), 1U);
}

TEST_F(TieredFailingTest, a_read_waits_for_its_put_no_longer_than_for_the_tier) {
    options.writes_behind = false;
    options.budget = std::chrono::milliseconds(5);
    start();
    tier->puts = Mode::hangs;
    EXPECT_EQ(text_of(run(context, reading(storage::Suffix{5}, {}, "a"))), "state");
    EXPECT_EQ(tiered->counters().put_failures, 1U);
}

TEST_F(TieredFailingTest, puts_over_the_limit_are_dropped) {
    options.puts_limit = 3;
    start();
    tier->puts = Mode::hangs;
    for (int i = 0; i < 10; ++i) {
        read();
    }
    EXPECT_EQ(tier->puts_asked, 3U);
    EXPECT_EQ(tiered->counters().dropped, 7U);
    tier->puts = Mode::works;
    tier->release();
    settle(context);
    read(storage::Condition{}, storage::Suffix{4});
    EXPECT_EQ(tiered->counters().puts, 4U) << "there is room again";
}

TEST_F(TieredFailingTest, puts_over_the_limit_of_bytes_are_dropped) {
    options.put_bytes_limit = 9;
    start();
    tier->puts = Mode::hangs;
    read({}, storage::Suffix{5});
    read({}, storage::Suffix{4});
    read({}, storage::Suffix{1});
    EXPECT_EQ(tier->puts_asked, 2U);
    EXPECT_EQ(tiered->counters().dropped, 1U);
}

TEST_F(TieredFailingTest, puts_may_be_under_way_when_all_ends) {
    tier->puts = Mode::hangs;
    read();
    tiered.reset();
    tier->release();
    settle(context);
    EXPECT_EQ(tier->values.size(), 1U);
}

TEST_F(TieredFailingTest, puts_may_never_end) {
    tier->puts = Mode::hangs;
    read();
    tiered.reset();
    EXPECT_EQ(tier->values.size(), 0U);
}

TEST(Backoff, rests_longer_after_each_failure_up_to_half_a_minute) {
    cache::Backoff backoff;
    SteadyTime now(std::chrono::hours(1));
    EXPECT_FALSE(backoff.rests(now));
    for (const int seconds : {1, 2, 4, 8, 16, 30, 30}) {
        backoff.failed(now);
        now += std::chrono::seconds(seconds);
        EXPECT_TRUE(backoff.rests(now - std::chrono::milliseconds(1))) << seconds;
        EXPECT_FALSE(backoff.rests(now)) << seconds;
        EXPECT_TRUE(backoff.is_failing());
    }
    backoff.succeeded();
    EXPECT_FALSE(backoff.is_failing());
}

TEST(Backoff, takes_failures_at_one_time_for_one) {
    cache::Backoff backoff;
    const SteadyTime now(std::chrono::hours(1));
    backoff.failed(now);
    backoff.failed(now);
    EXPECT_FALSE(backoff.rests(now + std::chrono::seconds(1)));
}

}  // namespace
}  // namespace tapalcatl::tests
