#include "base/work_tracker.hpp"

namespace tapalcatl {

Awaitable<bool> WorkTracker::wait_until_idle(SteadyTime deadline) {
    while (!is_idle()) {
        Handoff<bool> idle(executor_);
        running_.lock()->waiters.push_back(idle);
        const auto ended = co_await idle.wait(deadline);
        if (!ended) {
            co_return is_idle();
        }
    }
    co_return true;
}

}  // namespace tapalcatl
