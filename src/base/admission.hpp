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
class Admission {
 public:
    Admission(boost::asio::any_io_executor executor, std::size_t limit)
        : executor_(std::move(executor)), limit_(limit) {}

    /// True once there is room for `size`: then leave() must follow. False if there is none by `deadline`.
    Awaitable<bool> enter(std::size_t size, SteadyTime deadline);

    void leave(std::size_t size);

    std::size_t inside() const { return inside_; }

 private:
    enum class State { waiting, admitted, gone };
    struct Queued {
        std::size_t size;
        Handoff<bool> turn;
        std::shared_ptr<State> state;
    };

    bool fits(std::size_t size) const { return inside_ == 0 || inside_ + size <= limit_; }
    void let_in();

    boost::asio::any_io_executor executor_;
    std::size_t limit_;
    std::size_t inside_ = 0;
    std::deque<Queued> queue_;
};

/// Leaves when it goes. A coroutine that is destroyed with its context may outlive the admission: then nothing is done.
class Admitted {
 public:
    /// Requires: enter(size) has said yes.
    Admitted(const std::shared_ptr<Admission>& admission, std::size_t size) : admission_(admission), size_(size) {}
    Admitted(const Admitted&) = delete;
    Admitted& operator=(const Admitted&) = delete;
    ~Admitted() {  // NOLINT(bugprone-exception-escape): but for want of memory
        if (const auto admission = admission_.lock()) {
            admission->leave(size_);
        }
    }

 private:
    std::weak_ptr<Admission> admission_;
    std::size_t size_;
};

}  // namespace tapalcatl
