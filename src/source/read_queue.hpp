#pragma once

#include "base/awaitable.hpp"
#include "base/fair_semaphore.hpp"
#include "source/counters.hpp"
#include "source/memory.hpp"
#include "storage/storage.hpp"

#include <boost/asio/any_io_executor.hpp>

#include <memory>
#include <string>

namespace tapalcatl::source {

/// What wants a read. Used on the upstream executor.
class Interest {
 public:
    virtual ~Interest() = default;

    /// Whether there is still a reason to start the read.
    virtual bool is_wanted() const = 0;
};

/// The one admission to a storage: so many reads at once, first come first served, within the memory for reads. Probes
/// have a place of their own and never queue behind reads. A read that nobody wants any more is not started.
///
/// Used on the upstream executor. Lifetime: `storage`, `memory` and `counters` outlive the coroutines.
class ReadQueue {
 public:
    ReadQueue(storage::Storage& storage, boost::asio::any_io_executor upstream, Memory& memory,
              std::size_t reads_at_once, Counters& counters);

    /// A place among the reads at once, until it is destroyed. Reads of one place follow each other.
    using Place = FairSemaphore::Permit;

    /// Waits for a place. Fails: overloaded if there is none by `deadline`, or if nobody wants it when its turn comes.
    Awaitable<Result<Place>> enter(std::shared_ptr<const Interest> interest, SteadyTime deadline);

    /// Waits for the place of probes. Fails: overloaded.
    Awaitable<Result<Place>> enter_as_probe(SteadyTime deadline);

    /// The storage behind the admission: a read waits until there is memory for the bytes that it is expected to bring.
    /// What it brings stays charged to the budget until its last reference goes.
    class Reader final : public storage::Storage {
     public:
        /// Requires: a place was entered. `interest`: null for probes, which do not wait for memory.
        /// Lifetime: `queue` and `from` outlive the reads.
        Reader(ReadQueue& queue, storage::Storage& from, std::shared_ptr<const Interest> interest)
            : queue_(queue), from_(from), interest_(std::move(interest)) {}

        /// Fails: as storage::Storage::read(); overloaded without memory by `deadline`, or if nobody wants it any more.
        Awaitable<Result<storage::Content>> read(std::string key, storage::Range range, storage::Condition condition,
                                                 SteadyTime deadline) override;
        std::string name() const override { return from_.name(); }

     private:
        ReadQueue& queue_;
        storage::Storage& from_;
        std::shared_ptr<const Interest> interest_;
    };

    storage::Storage& storage() { return storage_; }

 private:
    Awaitable<Result<storage::Content>> read_now(storage::Storage& from, std::string key, storage::Range range,
                                                 storage::Condition condition, std::size_t expected,
                                                 SteadyTime deadline);

    storage::Storage& storage_;
    Memory& memory_;
    Counters& counters_;
    std::shared_ptr<FairSemaphore> reads_;
    std::shared_ptr<FairSemaphore> probes_;
};

}  // namespace tapalcatl::source
