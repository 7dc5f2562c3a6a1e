#include "base/admission.hpp"

namespace tapalcatl {

Awaitable<bool> Admission::enter(std::size_t size, SteadyTime deadline) {
    if (queue_.empty() && fits(size)) {
        inside_ += size;
        co_return true;
    }
    Handoff<bool> turn(executor_);
    const auto state = std::make_shared<State>(State::waiting);
    queue_.push_back(Queued{size, turn, state});
    const auto entered = co_await turn.wait(deadline);
    // Its turn may have come while the deadline passed: the news is still on its way then.
    if (entered || *state == State::admitted) {
        co_return true;
    }
    *state = State::gone;
    let_in();  // those behind may be smaller
    co_return false;
}

void Admission::leave(std::size_t size) {
    inside_ -= size;
    let_in();
}

void Admission::let_in() {
    while (!queue_.empty()) {
        auto& first = queue_.front();
        if (*first.state == State::waiting) {
            if (!fits(first.size)) {
                return;
            }
            inside_ += first.size;
            *first.state = State::admitted;
            first.turn.put(true);
        }
        queue_.pop_front();
    }
}

}  // namespace tapalcatl
