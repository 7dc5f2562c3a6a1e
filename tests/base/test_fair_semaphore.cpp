#include "base/fair_semaphore.hpp"

#include "tests/support/run.hpp"

#include <gtest/gtest.h>

namespace tapalcatl {
namespace {

using tests::Running;
using tests::settle;

class FairSemaphoreTest : public testing::Test {
 protected:
    SteadyTime later() const { return std::chrono::steady_clock::now() + std::chrono::seconds(20); }

    boost::asio::io_context context;
    FairSemaphore semaphore{context.get_executor(), 100};
};

TEST_F(FairSemaphoreTest, lets_in_as_much_as_fits_and_the_rest_in_turn) {
    const Running<bool> first(context, semaphore.acquire(60, later()));
    const Running<bool> second(context, semaphore.acquire(60, later()));
    const Running<bool> third(context, semaphore.acquire(10, later()));
    settle(context);
    EXPECT_TRUE(first.done());
    EXPECT_FALSE(second.done());
    EXPECT_FALSE(third.done()) << "it would fit, but nobody overtakes";
    semaphore.release(60);
    settle(context);
    EXPECT_TRUE(second.done() && *second);
    EXPECT_TRUE(third.done() && *third);
    EXPECT_EQ(semaphore.used(), 70U);
}

TEST_F(FairSemaphoreTest, lets_in_alone_what_is_larger_than_the_limit) {
    const Running<bool> small(context, semaphore.acquire(1, later()));
    const Running<bool> large(context, semaphore.acquire(500, later()));
    settle(context);
    EXPECT_FALSE(large.done());
    semaphore.release(1);
    settle(context);
    EXPECT_TRUE(large.done() && *large);
}

TEST_F(FairSemaphoreTest, who_gives_up_does_not_hold_up_those_behind) {
    const Running<bool> inside(context, semaphore.acquire(60, later()));
    const Running<bool> impatient(context, semaphore.acquire(60, std::chrono::steady_clock::now()));
    const Running<bool> behind(context, semaphore.acquire(40, later()));
    context.restart();
    while (!behind.done()) {
        ASSERT_GT(context.run_one(), 0U);
    }
    EXPECT_TRUE(impatient.done());
    EXPECT_FALSE(*impatient);
    EXPECT_TRUE(*behind);
    EXPECT_EQ(semaphore.used(), 100U);
}

TEST_F(FairSemaphoreTest, a_turn_that_comes_as_time_runs_out_is_not_lost) {
    const Running<bool> inside(context, semaphore.acquire(100, later()));
    settle(context);
    const auto soon = std::chrono::steady_clock::now() + std::chrono::milliseconds(20);
    const Running<bool> waiting(context, semaphore.acquire(100, soon));
    settle(context);
    while (std::chrono::steady_clock::now() < soon) {
    }
    // The timer has expired unseen when room is made: both wait to be told at the next run.
    boost::asio::post(context, [this] { semaphore.release(100); });
    context.restart();
    while (!waiting.done()) {
        ASSERT_GT(context.run_one(), 0U);
    }
    if (*waiting) {
        semaphore.release(100);
    }
    EXPECT_EQ(semaphore.used(), 0U);
}

}  // namespace
}  // namespace tapalcatl
