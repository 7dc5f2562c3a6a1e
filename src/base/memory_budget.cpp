#include "base/memory_budget.hpp"

namespace tapalcatl {

void MemoryBudget::charge(std::size_t bytes) {
    const auto used = used_.fetch_add(bytes, std::memory_order_relaxed) + bytes;
    auto peak = peak_.load(std::memory_order_relaxed);
    while (used > peak && !peak_.compare_exchange_weak(peak, used, std::memory_order_relaxed)) {
    }
}

void MemoryBudget::when_over(std::function<void()> reclaim) {
    const std::lock_guard lock(mutex_);
    reclaim_ = std::move(reclaim);
}

void MemoryBudget::reclaim() {
    if (used() <= limit_) {
        return;
    }
    const std::lock_guard lock(mutex_);
    if (reclaim_) {
        reclaim_();
    }
}

SharedBytes charged(SharedBytes bytes, MemoryCharge charge) {
    struct Owner {
        SharedBytes bytes;
        MemoryCharge charge;
    };
    const auto owner = std::make_shared<const Owner>(Owner{std::move(bytes), std::move(charge)});
    return {owner, owner->bytes.view()};
}

void MemoryCharge::resize(std::size_t size) {
    if (budget_ == nullptr) {
        return;
    }
    if (size > size_) {
        budget_->charge(size - size_);
    } else {
        budget_->release(size_ - size);
    }
    size_ = size;
}

}  // namespace tapalcatl
