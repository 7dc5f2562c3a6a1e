#include "base/body_memory.hpp"
#include "base/memory_budget.hpp"

#include "tests/support/run.hpp"

#include <gtest/gtest.h>

namespace tapalcatl {
namespace {

using tests::Running;
using tests::settle;

TEST(MemoryBudget, counts_what_is_charged_and_remembers_the_most) {
    const auto budget = std::make_shared<MemoryBudget>(100);
    {
        MemoryCharge first(budget, 60);
        const MemoryCharge second(budget, 50);
        EXPECT_EQ(budget->used(), 110U);
        first.resize(10);
        EXPECT_EQ(budget->used(), 60U);
        const MemoryCharge moved = std::move(first);
        EXPECT_EQ(budget->used(), 60U);
    }
    EXPECT_EQ(budget->used(), 0U);
    EXPECT_EQ(budget->peak(), 110U);
}

TEST(MemoryBudget, has_memory_given_back_only_when_more_than_the_limit_is_used) {
    const auto budget = std::make_shared<MemoryBudget>(100);
    int calls = 0;
    budget->when_over([&] { ++calls; });
    MemoryCharge charge(budget, 100);
    budget->reclaim();
    EXPECT_EQ(calls, 0);
    charge.resize(101);
    budget->reclaim();
    EXPECT_EQ(calls, 1);
}

TEST(MemoryBudget, charged_bytes_are_released_with_their_last_reference) {
    const auto budget = std::make_shared<MemoryBudget>(100);
    auto bytes = charged(copy_of(as_bytes("tile")), MemoryCharge(budget, 60));
    auto part = bytes.part(1, 2);
    bytes = {};
    EXPECT_EQ(budget->used(), 60U);
    EXPECT_EQ(as_text(part.view()), "il");
    part = {};
    EXPECT_EQ(budget->used(), 0U);
}

class BodyMemoryTest : public testing::Test {
 protected:
    SteadyTime later() const { return std::chrono::steady_clock::now() + std::chrono::seconds(20); }

    boost::asio::io_context context;
    std::shared_ptr<MemoryBudget> budget = std::make_shared<MemoryBudget>(1000);
    BodyMemory bodies{context.get_executor(), budget, 100};
};

TEST_F(BodyMemoryTest, charges_only_what_was_not_expected) {
    const auto body = bodies.charge(50);
    EXPECT_TRUE(tests::run(context, body->grow_to(50, later())));
    EXPECT_FALSE(body->has_grown());
    EXPECT_TRUE(tests::run(context, body->grow_to(80, later())));
    EXPECT_EQ(body->size(), 80U);
    EXPECT_EQ(budget->used(), 30U);
}

TEST_F(BodyMemoryTest, lets_bodies_grow_in_turn_and_a_large_one_alone) {
    auto first = bodies.charge(10);
    const auto second = bodies.charge(10);
    EXPECT_TRUE(tests::run(context, first->grow_to(500, later())));
    const Running<bool> waits(context, second->grow_to(60, later()));
    settle(context);
    EXPECT_FALSE(waits.done());
    const auto charge = first->finish();
    settle(context);
    EXPECT_TRUE(waits.done() && *waits) << "the first has come, and is charged all the same";
    EXPECT_EQ(budget->used(), 490U + 50U);
}

TEST_F(BodyMemoryTest, lets_no_body_grow_twice) {
    const auto body = bodies.charge(10);
    EXPECT_TRUE(tests::run(context, body->grow_to(20, later())));
    EXPECT_FALSE(tests::run(context, body->grow_to(21, later())));
}

TEST_F(BodyMemoryTest, says_no_at_the_deadline) {
    const auto first = bodies.charge(0);
    EXPECT_TRUE(tests::run(context, first->grow_to(100, later())));
    const auto second = bodies.charge(0);
    EXPECT_FALSE(tests::run(context, second->grow_to(1, std::chrono::steady_clock::now())));
}

}  // namespace
}  // namespace tapalcatl
