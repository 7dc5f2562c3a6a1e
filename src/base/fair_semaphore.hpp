#pragma once

#include "base/awaitable.hpp"
#include "base/clock.hpp"
#include "base/handoff.hpp"

#include <boost/asio/any_io_executor.hpp>

#include <cstddef>
#include <deque>
#include <memory>
#include <utility>

namespace tapalcatl {

/// Lets work through as long as its sizes together stay under a limit; the rest queues, first come first served.
///
/// Sizes are bytes, or 1 where a number is limited. Used on one executor only. Work larger than the limit is let
/// through alone.
class FairSemaphore {
 public:
    FairSemaphore(boost::asio::any_io_executor executor, std::size_t limit)
        : executor_(std::move(executor)), limit_(limit) {}

    /// True once there is room for `size`: then release() must follow. False if there is none by `deadline`.
    Awaitable<bool> acquire(std::size_t size, SteadyTime deadline);

    void release(std::size_t size);

    std::size_t used() const { return used_; }

 private:
    enum class State { waiting, granted, abandoned };
    struct Queued {
        std::size_t size;
        Handoff<bool> turn;
        std::shared_ptr<State> state;
    };

    bool fits(std::size_t size) const { return used_ == 0 || used_ + size <= limit_; }
    void grant();

    boost::asio::any_io_executor executor_;
    std::size_t limit_;
    std::size_t used_ = 0;
    std::deque<Queued> queue_;
};

/// Releases what was acquired when it is destroyed. A coroutine that is destroyed with its context may outlive the
/// semaphore: then nothing is done.
class SemaphorePermit {
 public:
    /// Requires: acquire(size) has said yes.
    SemaphorePermit(const std::shared_ptr<FairSemaphore>& semaphore, std::size_t size)
        : semaphore_(semaphore), size_(size) {}
    SemaphorePermit(const SemaphorePermit&) = delete;
    SemaphorePermit& operator=(const SemaphorePermit&) = delete;
    ~SemaphorePermit() {  // NOLINT(bugprone-exception-escape): but for want of memory
        if (const auto semaphore = semaphore_.lock()) {
            semaphore->release(size_);
        }
    }

 private:
    std::weak_ptr<FairSemaphore> semaphore_;
    std::size_t size_;
};

}  // namespace tapalcatl
