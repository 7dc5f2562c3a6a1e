#include "source/admission.hpp"

namespace tapalcatl::source {

Awaitable<bool> Admission::enter(std::size_t bytes, SteadyTime deadline) {
    if (queue_.empty() && fits(bytes)) {
        inside_ += bytes;
        co_return true;
    }
    Handoff<bool> turn(executor_);
    const auto gone = std::make_shared<bool>(false);
    queue_.push_back(Queued{bytes, turn, gone});
    const auto entered = co_await turn.wait(deadline);
    if (!entered) {
        *gone = true;
        let_in();  // those behind may be smaller
        co_return false;
    }
    co_return true;
}

void Admission::leave(std::size_t bytes) {
    inside_ -= bytes;
    let_in();
}

void Admission::let_in() {
    while (!queue_.empty()) {
        auto& first = queue_.front();
        if (!*first.gone) {
            if (!fits(first.bytes)) {
                return;
            }
            inside_ += first.bytes;
            first.turn.put(true);
        }
        queue_.pop_front();
    }
}

}  // namespace tapalcatl::source
