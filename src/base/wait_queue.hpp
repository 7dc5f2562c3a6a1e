#pragma once

#include "base/awaitable.hpp"
#include "base/clock.hpp"
#include "base/handoff.hpp"

#include <boost/asio/any_io_executor.hpp>

#include <list>
#include <memory>
#include <optional>
#include <utility>

namespace tapalcatl {

/// A queue of coroutines that wait for a T, first come, first served. Each waiter has a Wish that describes what it
/// needs.
///
/// Requires: the destructor of a T returns what it stands for to its owner. A T that is passed to a waiter at the
/// moment its deadline passes is destroyed, so that it is not lost. Used on one executor.
template <class T, class Wish>
class WaitQueue {
 public:
    explicit WaitQueue(boost::asio::any_io_executor executor) : executor_(std::move(executor)) {}

    /// Waits at the end of the queue. nullopt if no value was passed to the waiter by `deadline`.
    Awaitable<std::optional<T>> wait(Wish wish, SteadyTime deadline) {
        const auto waiter = std::make_shared<Waiter>(Waiter{Handoff<T>(executor_), std::move(wish)});
        front();  // removes waiters that gave up, so that they do not accumulate
        queue_.push_back(waiter);
        auto value = co_await waiter->handoff.wait(deadline);
        co_return value;
    }

    /// The wish of the first coroutine that still waits; null if there is none. Lifetime: until the next suspension.
    const Wish* front() {
        while (!queue_.empty()) {
            if (const auto waiter = queue_.front().lock()) {
                return &waiter->wish;
            }
            queue_.pop_front();
        }
        return nullptr;
    }

    /// Passes `value` to the waiter of front(), which leaves the queue. Requires: front() was not null.
    void serve_front(T value) {
        const auto waiter = queue_.front().lock();
        queue_.pop_front();
        waiter->handoff.put(std::move(value));
    }

 private:
    struct Waiter {
        Handoff<T> handoff;
        Wish wish;
    };

    boost::asio::any_io_executor executor_;
    std::list<std::weak_ptr<Waiter>> queue_;  ///< expired: its deadline passed, or its coroutine was destroyed
};

}  // namespace tapalcatl
