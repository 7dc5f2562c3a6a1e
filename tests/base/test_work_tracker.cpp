#include "base/work_tracker.hpp"

#include "tests/support/run.hpp"

#include <gtest/gtest.h>

namespace tapalcatl {
namespace {

using tests::Running;
using tests::settle;

class WorkTrackerTest : public testing::Test {
 protected:
    SteadyTime later() const { return std::chrono::steady_clock::now() + std::chrono::seconds(20); }

    boost::asio::io_context context;
    WorkTracker work{context.get_executor()};
};

TEST_F(WorkTrackerTest, is_idle_without_work) {
    EXPECT_TRUE(work.is_idle());
    EXPECT_TRUE(tests::run(context, work.wait_until_idle(later())));
}

TEST_F(WorkTrackerTest, waits_for_all_work_that_is_under_way) {
    auto first = work.begin();
    auto second = work.begin();
    const Running<bool> waiting(context, work.wait_until_idle(later()));
    settle(context);
    first.reset();
    settle(context);
    EXPECT_FALSE(waiting.done());
    second.reset();
    settle(context);
    ASSERT_TRUE(waiting.done());
    EXPECT_TRUE(*waiting);
}

TEST_F(WorkTrackerTest, waits_for_work_that_follows) {
    auto first = work.begin();
    const Running<bool> waiting(context, work.wait_until_idle(later()));
    settle(context);
    first.reset();
    auto second = work.begin();
    settle(context);
    EXPECT_FALSE(waiting.done());
    second.reset();
    settle(context);
    EXPECT_TRUE(waiting.done());
}

TEST_F(WorkTrackerTest, gives_up_at_the_deadline) {
    const auto endless = work.begin();
    EXPECT_FALSE(tests::run(context, work.wait_until_idle(std::chrono::steady_clock::now())));
}

}  // namespace
}  // namespace tapalcatl
