#pragma once

#include "base/awaitable.hpp"
#include "base/clock.hpp"
#include "base/fair_semaphore.hpp"
#include "base/memory_budget.hpp"

#include <boost/asio/any_io_executor.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <utility>

namespace tapalcatl {

/// The memory of one body that comes in and may be longer than was asked for.
///
/// Who asks for a body charges what he expects. What comes beyond waits here for its turn, in one step and with nothing
/// else to wait for, so that bodies never wait for each other.
class BodyCharge {
 public:
    BodyCharge(std::shared_ptr<MemoryBudget> budget, std::shared_ptr<FairSemaphore> surplus, std::uint64_t expected)
        : budget_(std::move(budget)), surplus_(std::move(surplus)), expected_(expected) {}

    /// The bytes that the body may have.
    std::uint64_t size() const { return expected_ + charge_.size(); }
    bool has_grown() const { return charge_.size() > 0; }

    /// Waits until the body may have `size` bytes. False if there is no room by `deadline`, or if it has grown before.
    /// Requires: called on the executor of BodyMemory. Lifetime: this outlives the coroutine.
    Awaitable<bool> grow_to(std::uint64_t size, SteadyTime deadline);

    /// The body has come: lets the next one grow, and returns the charge for what it holds beyond what was expected,
    /// which may be released on any thread.
    MemoryCharge finish() {
        permit_.reset();
        return std::move(charge_);
    }

 private:
    std::shared_ptr<MemoryBudget> budget_;
    std::shared_ptr<FairSemaphore> surplus_;
    std::uint64_t expected_;
    std::optional<FairSemaphore::Permit> permit_;
    MemoryCharge charge_;
};

/// The memory for what bodies have more than was expected of them, as from servers that ignore ranges. It is charged to
/// a budget, and limited besides, so that not every read can be such a one at the same time.
class BodyMemory {
 public:
    /// `limit`: bytes; a larger body is let in alone. `executor`: where bodies are read.
    BodyMemory(boost::asio::any_io_executor executor, std::shared_ptr<MemoryBudget> budget, std::size_t limit)
        : budget_(std::move(budget)), surplus_(std::make_shared<FairSemaphore>(std::move(executor), limit)) {}

    /// A charge for a body of which `expected` bytes are charged elsewhere.
    std::shared_ptr<BodyCharge> charge(std::uint64_t expected) const {
        return std::make_shared<BodyCharge>(budget_, surplus_, expected);
    }

    const std::shared_ptr<MemoryBudget>& budget() const { return budget_; }

 private:
    std::shared_ptr<MemoryBudget> budget_;
    std::shared_ptr<FairSemaphore> surplus_;
};

}  // namespace tapalcatl
