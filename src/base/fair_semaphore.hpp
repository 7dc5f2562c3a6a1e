#pragma once

#include "base/awaitable.hpp"
#include "base/clock.hpp"
#include "base/wait_queue.hpp"

#include <boost/asio/any_io_executor.hpp>

#include <cstddef>
#include <memory>
#include <optional>
#include <utility>

namespace tapalcatl {

/// Limits how much is under way at once: the sizes of what was acquired together stay under a limit, and the rest
/// waits, first come first served.
///
/// Sizes are bytes, or 1 where a number is limited. A size above the limit is acquired alone. Used on one executor.
/// Requires: owned by a std::shared_ptr.
class FairSemaphore : public std::enable_shared_from_this<FairSemaphore> {
 public:
    /// What was acquired, until it is destroyed. It may outlive the semaphore, as a coroutine that is destroyed with
    /// its context does.
    class Permit {
     public:
        Permit(Permit&&) noexcept = default;
        Permit& operator=(Permit&& other) noexcept {
            std::swap(semaphore_, other.semaphore_);
            std::swap(size_, other.size_);
            return *this;
        }
        ~Permit() {  // NOLINT(bugprone-exception-escape): only if memory runs out
            if (const auto semaphore = semaphore_.lock()) {
                semaphore->release(size_);
            }
        }

     private:
        friend class FairSemaphore;
        Permit(std::weak_ptr<FairSemaphore> semaphore, std::size_t size)
            : semaphore_(std::move(semaphore)), size_(size) {}

        std::weak_ptr<FairSemaphore> semaphore_;  ///< empty once this was moved from
        std::size_t size_;
    };

    FairSemaphore(boost::asio::any_io_executor executor, std::size_t limit)
        : waiters_(std::move(executor)), limit_(limit) {}

    /// Waits until there is room for `size`; nullopt if there is none by `deadline`.
    Awaitable<std::optional<Permit>> acquire(std::size_t size, SteadyTime deadline);

    std::size_t used() const { return used_; }

 private:
    bool fits(std::size_t size) const { return used_ == 0 || used_ + size <= limit_; }
    void release(std::size_t size);
    void serve_waiters();

    WaitQueue<Permit, std::size_t> waiters_;
    std::size_t limit_;
    std::size_t used_ = 0;
};

}  // namespace tapalcatl
