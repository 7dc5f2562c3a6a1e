#include "base/handoff.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <string>
#include <thread>
#include <vector>

namespace tapalcatl {
namespace {

namespace asio = boost::asio;

SteadyTime after(std::chrono::milliseconds time) {
    return std::chrono::steady_clock::now() + time;
}

constexpr std::chrono::seconds long_time{20};

/// What one waiter saw.
template <class T>
struct Seen {
    bool done = false;
    std::optional<T> value;
    std::thread::id thread;
};

template <class T>
Awaitable<void> wait_for(Handoff<T> handoff, SteadyTime deadline, Seen<T>& seen) {
    seen.value = co_await handoff.wait(deadline);
    seen.thread = std::this_thread::get_id();
    seen.done = true;
}

TEST(HandoffTest, a_value_that_comes_first_is_there_at_once) {
    asio::io_context context;
    const Handoff<int> handoff(context.get_executor());
    handoff.put(7);
    context.run();
    context.restart();
    Seen<int> seen;
    asio::co_spawn(context, wait_for(handoff, after(long_time), seen), asio::detached);
    context.run();
    EXPECT_EQ(seen.value, 7);
}

TEST(HandoffTest, a_value_put_and_not_yet_delivered_when_the_wait_begins_is_not_missed) {
    asio::io_context context;
    const Handoff<int> handoff(context.get_executor());
    Seen<int> seen;
    asio::co_spawn(context, wait_for(handoff, after(long_time), seen), asio::detached);
    handoff.put(7);
    context.run();
    EXPECT_EQ(seen.value, 7);
}

TEST(HandoffTest, a_value_from_another_thread_wakes_the_waiter_on_its_own) {
    asio::io_context context;
    const Handoff<std::string> handoff(context.get_executor());
    Seen<std::string> seen;
    asio::co_spawn(context, wait_for(handoff, after(long_time), seen), asio::detached);
    context.poll();
    EXPECT_FALSE(seen.done);
    std::thread other([&] { handoff.put("from afar"); });
    context.run();
    other.join();
    EXPECT_EQ(seen.value, "from afar");
    EXPECT_EQ(seen.thread, std::this_thread::get_id());
}

TEST(HandoffTest, nothing_comes_by_the_deadline_and_never_before) {
    asio::io_context context;
    const Handoff<int> handoff(context.get_executor());
    Seen<int> seen;
    const auto deadline = after(std::chrono::milliseconds(20));
    asio::co_spawn(context, wait_for(handoff, deadline, seen), asio::detached);
    context.run();
    EXPECT_TRUE(seen.done);
    EXPECT_EQ(seen.value, std::nullopt);
    EXPECT_GE(std::chrono::steady_clock::now(), deadline);
}

TEST(HandoffTest, a_deadline_that_has_passed_does_not_hide_a_value_that_is_there) {
    asio::io_context context;
    const Handoff<int> handoff(context.get_executor());
    handoff.put(7);
    context.run();
    context.restart();
    Seen<int> seen;
    asio::co_spawn(context, wait_for(handoff, after(std::chrono::milliseconds(-5)), seen), asio::detached);
    context.run();
    EXPECT_EQ(seen.value, 7);
}

TEST(HandoffTest, a_value_that_nobody_waits_for_any_more_is_dropped) {
    asio::io_context context;
    std::weak_ptr<int> dropped;
    {
        const Handoff<std::shared_ptr<int>> handoff(context.get_executor());
        Seen<std::shared_ptr<int>> seen;
        asio::co_spawn(context, wait_for(handoff, after(std::chrono::milliseconds(0)), seen), asio::detached);
        context.run();
        ASSERT_TRUE(seen.done);
        auto late = std::make_shared<int>(7);
        dropped = late;
        handoff.put(std::move(late));
    }
    context.restart();
    context.run();
    EXPECT_TRUE(dropped.expired());
}

TEST(HandoffTest, the_context_may_end_before_the_value_is_delivered) {
    std::weak_ptr<int> dropped;
    Seen<std::shared_ptr<int>> seen;
    {
        asio::io_context context;
        const Handoff<std::shared_ptr<int>> handoff(context.get_executor());
        asio::co_spawn(context, wait_for(handoff, after(long_time), seen), asio::detached);
        context.poll();
        auto value = std::make_shared<int>(7);
        dropped = value;
        handoff.put(std::move(value));
    }
    EXPECT_TRUE(dropped.expired());
    EXPECT_FALSE(seen.done);
}

TEST(HandoffTest, many_waiters_on_two_contexts_get_each_its_own) {
    constexpr int count = 2000;
    asio::io_context contexts[2];
    std::vector<Handoff<int>> handoffs;
    std::vector<Seen<int>> seen(count);
    for (int i = 0; i < count; ++i) {
        auto& context = contexts[i % 2];
        handoffs.emplace_back(context.get_executor());
        asio::co_spawn(context, wait_for(handoffs.back(), after(long_time), seen[static_cast<std::size_t>(i)]),
                       asio::detached);
    }
    std::thread first([&] { contexts[0].run(); });
    std::thread second([&] { contexts[1].run(); });
    for (int i = 0; i < count; ++i) {
        handoffs[static_cast<std::size_t>(i)].put(i);
    }
    first.join();
    second.join();
    for (int i = 0; i < count; ++i) {
        EXPECT_EQ(seen[static_cast<std::size_t>(i)].value, i);
    }
}

}  // namespace
}  // namespace tapalcatl
