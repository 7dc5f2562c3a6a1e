#pragma once

#include "base/awaitable.hpp"
#include "base/clock.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <memory>
#include <optional>
#include <utility>

namespace tapalcatl {

/// Passes one value from any thread to a coroutine that waits for it on its own executor.
/// The two ends share their state, so either may be destroyed first: a value without a waiter is dropped.
/// Only the post happens on another thread than the waiter's executor, so there is no lock.
/// Lifetime: the context of the executor outlives the callers of put().
template <class T>
class Handoff {
 public:
    explicit Handoff(boost::asio::any_io_executor executor) : state_(std::make_shared<State>(std::move(executor))) {}

    /// Waits for the value; nullopt if it has not come by `deadline`. Requires: called on the executor, and again only
    /// after nullopt.
    Awaitable<std::optional<T>> wait(SteadyTime deadline) {
        const auto state = state_;
        if (!state->value) {
            // The timer is on this end, because the other end may be destroyed after the context.
            boost::asio::steady_timer timer(state->executor, deadline);
            const Waiting waiting(*state, timer);
            constexpr auto token = boost::asio::as_tuple(boost::asio::use_awaitable);
            co_await timer.async_wait(token);
        }
        co_return std::move(state->value);
    }

    /// Whether this is the last end, so that no coroutine can wait for the value any more. Requires: the waiting end
    /// was not copied.
    bool is_abandoned() const { return state_.use_count() == 1; }

    /// Passes the value. May be called on any thread, once.
    void put(T value) const {
        // The executor is copied first, because the waiter may destroy its end during the post.
        const auto executor = state_->executor;
        boost::asio::post(executor, [state = state_, value = std::move(value)]() mutable {
            state->value = std::move(value);
            if (state->timer != nullptr) {
                state->timer->cancel();
            }
        });
    }

 private:
    struct State {
        explicit State(boost::asio::any_io_executor where) : executor(std::move(where)) {}

        boost::asio::any_io_executor executor;
        boost::asio::steady_timer* timer = nullptr;  ///< not null while a coroutine waits
        std::optional<T> value;
    };

    /// Shows the timer to the other end as long as it exists.
    class Waiting {
     public:
        Waiting(State& state, boost::asio::steady_timer& timer) : state_(state) { state_.timer = &timer; }
        Waiting(const Waiting&) = delete;
        Waiting& operator=(const Waiting&) = delete;
        ~Waiting() { state_.timer = nullptr; }

     private:
        State& state_;
    };

    std::shared_ptr<State> state_;
};

}  // namespace tapalcatl
