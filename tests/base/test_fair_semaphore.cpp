#include "base/fair_semaphore.hpp"

#include "tests/support/run.hpp"

#include <gtest/gtest.h>

namespace tapalcatl {
namespace {

using tests::Running;
using tests::settle;

using Acquired = std::optional<FairSemaphore::Permit>;

class FairSemaphoreTest : public testing::Test {
 protected:
    SteadyTime later() const { return std::chrono::steady_clock::now() + std::chrono::seconds(20); }

    boost::asio::io_context context;
    const std::shared_ptr<FairSemaphore> semaphore = std::make_shared<FairSemaphore>(context.get_executor(), 100);
};

TEST_F(FairSemaphoreTest, lets_in_as_much_as_fits_and_the_rest_in_turn) {
    Running<Acquired> first(context, semaphore->acquire(60, later()));
    const Running<Acquired> second(context, semaphore->acquire(60, later()));
    const Running<Acquired> third(context, semaphore->acquire(10, later()));
    settle(context);
    EXPECT_TRUE(first.done());
    EXPECT_FALSE(second.done());
    EXPECT_FALSE(third.done()) << "it would fit, but nobody overtakes";
    first.take();
    settle(context);
    EXPECT_TRUE(second.done() && *second);
    EXPECT_TRUE(third.done() && *third);
    EXPECT_EQ(semaphore->used(), 70U);
}

TEST_F(FairSemaphoreTest, lets_in_alone_what_is_larger_than_the_limit) {
    Running<Acquired> small(context, semaphore->acquire(1, later()));
    const Running<Acquired> large(context, semaphore->acquire(500, later()));
    settle(context);
    EXPECT_FALSE(large.done());
    small.take();
    settle(context);
    EXPECT_TRUE(large.done() && *large);
}

TEST_F(FairSemaphoreTest, who_gives_up_does_not_hold_up_those_behind) {
    const Running<Acquired> inside(context, semaphore->acquire(60, later()));
    const Running<Acquired> impatient(context, semaphore->acquire(60, std::chrono::steady_clock::now()));
    const Running<Acquired> behind(context, semaphore->acquire(40, later()));
    context.restart();
    while (!behind.done()) {
        ASSERT_GT(context.run_one(), 0U);
    }
    EXPECT_TRUE(impatient.done());
    EXPECT_FALSE(*impatient);
    EXPECT_TRUE(*behind);
    EXPECT_EQ(semaphore->used(), 100U);
}

TEST_F(FairSemaphoreTest, a_turn_that_comes_as_time_runs_out_is_not_lost) {
    Running<Acquired> inside(context, semaphore->acquire(100, later()));
    settle(context);
    const auto soon = std::chrono::steady_clock::now() + std::chrono::milliseconds(20);
    Running<Acquired> waiting(context, semaphore->acquire(100, soon));
    settle(context);
    while (std::chrono::steady_clock::now() < soon) {
    }
    // The timer has expired unseen when room is made: both wait to be told at the next run.
    boost::asio::post(context, [&inside] { inside.take(); });
    context.restart();
    while (!waiting.done()) {
        ASSERT_GT(context.run_one(), 0U);
    }
    waiting.take();
    settle(context);
    EXPECT_EQ(semaphore->used(), 0U);
}

TEST_F(FairSemaphoreTest, may_be_gone_before_what_was_acquired) {
    auto gone = std::make_shared<FairSemaphore>(context.get_executor(), 100);
    Running<Acquired> acquired(context, gone->acquire(100, later()));
    settle(context);
    gone.reset();
    EXPECT_TRUE(acquired.take());
}

}  // namespace
}  // namespace tapalcatl
