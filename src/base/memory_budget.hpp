#pragma once

#include "base/bytes.hpp"

#include <atomic>
#include <cstddef>
#include <functional>
#include <memory>
#include <mutex>
#include <utility>

namespace tapalcatl {

/// Counts the bytes that are held for one purpose, against a limit. Safe from any thread.
///
/// Charging never fails. A caller that can wait for room uses a FairSemaphore; a holder that can free something is
/// called when the limit is exceeded (see when_over()).
class MemoryBudget {
 public:
    explicit MemoryBudget(std::size_t limit) : limit_(limit) {}

    std::size_t limit() const { return limit_; }
    std::size_t used() const { return used_.load(std::memory_order_relaxed); }
    /// The most that was ever used.
    std::size_t peak() const { return peak_.load(std::memory_order_relaxed); }

    void charge(std::size_t bytes);
    void release(std::size_t bytes) { used_.fetch_sub(bytes, std::memory_order_relaxed); }

    /// Sets what lets go of memory; an empty function: nothing does.
    void when_over(std::function<void()> reclaim);

    /// Lets go of what can be, if more than the limit is used. Not called by charge(): the caller may hold a lock.
    void reclaim();

 private:
    std::size_t limit_;
    std::atomic<std::size_t> used_{0};
    std::atomic<std::size_t> peak_{0};
    std::mutex mutex_;  ///< of reclaim_
    std::function<void()> reclaim_;
};

/// Bytes that are charged to a budget until this is destroyed.
class MemoryCharge {
 public:
    MemoryCharge() = default;
    MemoryCharge(std::shared_ptr<MemoryBudget> budget, std::size_t size) : budget_(std::move(budget)) { resize(size); }
    MemoryCharge(MemoryCharge&& other) noexcept
        : budget_(std::move(other.budget_)), size_(std::exchange(other.size_, 0)) {}
    MemoryCharge& operator=(MemoryCharge&& other) noexcept {
        std::swap(budget_, other.budget_);
        std::swap(size_, other.size_);
        return *this;
    }
    ~MemoryCharge() { resize(0); }

    const std::shared_ptr<MemoryBudget>& budget() const { return budget_; }
    std::size_t size() const { return size_; }
    void resize(std::size_t size);

 private:
    std::shared_ptr<MemoryBudget> budget_;  ///< null: nothing is counted
    std::size_t size_ = 0;
};

/// `bytes` with a charge that is released with their last reference.
SharedBytes charged(SharedBytes bytes, MemoryCharge charge);

}  // namespace tapalcatl
