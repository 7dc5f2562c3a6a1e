#pragma once

#include "base/awaitable.hpp"
#include "base/clock.hpp"
#include "base/handoff.hpp"

#include <boost/asio/any_io_executor.hpp>

#include <memory>
#include <utility>
#include <vector>

namespace tapalcatl {

/// Knows whether work is under way, and waits for its end. Used on one executor; may be destroyed before the work.
class WorkTracker {
 public:
    explicit WorkTracker(boost::asio::any_io_executor executor) : executor_(std::move(executor)) {}

    /// Work is under way as long as a copy of this exists.
    using Work = std::shared_ptr<const void>;
    Work begin() {
        auto running = running_.lock();
        if (running == nullptr) {
            running = std::make_shared<Running>();
            running_ = running;
        }
        return running;
    }

    bool is_idle() const { return running_.expired(); }

    /// Waits until no work is under way. False if that is not so by `deadline`. Lifetime: this outlives the coroutine.
    Awaitable<bool> wait_until_idle(SteadyTime deadline);

 private:
    struct Running {
        Running() = default;
        Running(const Running&) = delete;
        Running& operator=(const Running&) = delete;
        ~Running() {  // NOLINT(bugprone-exception-escape): only if memory runs out
            for (const auto& waiter : waiters) {
                waiter.put(true);
            }
        }

        std::vector<Handoff<bool>> waiters;
    };

    boost::asio::any_io_executor executor_;
    std::weak_ptr<Running> running_;
};

}  // namespace tapalcatl
