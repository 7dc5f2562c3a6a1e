#pragma once

#include "base/awaitable.hpp"
#include "base/clock.hpp"
#include "base/handoff.hpp"

#include <boost/asio/any_io_executor.hpp>

#include <cstddef>
#include <deque>
#include <utility>

namespace tapalcatl::source {

/// Lets fetches through as long as their bytes together stay under a limit; the others queue, first come first served.
///
/// Used on one executor only. A fetch larger than the limit is let through alone.
class Admission {
 public:
    Admission(boost::asio::any_io_executor executor, std::size_t limit)
        : executor_(std::move(executor)), limit_(limit) {}

    /// True once there is room for `bytes`: then leave() must follow. False if there is none by `deadline`.
    Awaitable<bool> enter(std::size_t bytes, SteadyTime deadline);

    void leave(std::size_t bytes);

    std::size_t bytes_inside() const { return inside_; }

 private:
    struct Queued {
        std::size_t bytes;
        Handoff<bool> turn;
        std::shared_ptr<bool> gone;  ///< gave up waiting
    };

    bool fits(std::size_t bytes) const { return inside_ == 0 || inside_ + bytes <= limit_; }
    void let_in();

    boost::asio::any_io_executor executor_;
    std::size_t limit_;
    std::size_t inside_ = 0;
    std::deque<Queued> queue_;
};

}  // namespace tapalcatl::source
