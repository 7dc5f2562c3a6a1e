#include "base/fair_semaphore.hpp"

namespace tapalcatl {

Awaitable<bool> FairSemaphore::acquire(std::size_t size, SteadyTime deadline) {
    if (queue_.empty() && fits(size)) {
        used_ += size;
        co_return true;
    }
    Handoff<bool> turn(executor_);
    const auto state = std::make_shared<State>(State::waiting);
    queue_.push_back(Queued{size, turn, state});
    const auto entered = co_await turn.wait(deadline);
    // Its turn may have come while the deadline passed: the news is still on its way then.
    if (entered || *state == State::granted) {
        co_return true;
    }
    *state = State::abandoned;
    grant();  // those behind may be smaller
    co_return false;
}

void FairSemaphore::release(std::size_t size) {
    used_ -= size;
    grant();
}

void FairSemaphore::grant() {
    while (!queue_.empty()) {
        auto& first = queue_.front();
        if (*first.state == State::waiting) {
            if (!fits(first.size)) {
                return;
            }
            used_ += first.size;
            *first.state = State::granted;
            first.turn.put(true);
        }
        queue_.pop_front();
    }
}

}  // namespace tapalcatl
