#include "base/body_memory.hpp"

namespace tapalcatl {

Awaitable<bool> BodyCharge::grow_to(std::uint64_t size, SteadyTime deadline) {
    if (size <= this->size()) {
        co_return true;
    }
    if (has_grown()) {
        co_return false;
    }
    const auto more = static_cast<std::size_t>(size - expected_);
    permit_ = co_await surplus_->acquire(more, deadline);
    if (!permit_) {
        co_return false;
    }
    charge_ = MemoryCharge(budget_, more);
    budget_->reclaim();
    co_return true;
}

}  // namespace tapalcatl
