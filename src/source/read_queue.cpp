#include "source/read_queue.hpp"

#include <algorithm>
#include <optional>
#include <utility>

namespace tapalcatl::source {
namespace {

/// One health check runs at a time; a second place is for whoever asks by hand.
constexpr std::size_t probes_at_once = 2;

Error too_many() {
    return fail(Errc::overloaded, "too many reads of the storage are under way");
}

Error unwanted() {
    return fail(Errc::overloaded, "nobody waits for it any more");
}

/// The bytes that a read will bring, if the storage does as it is told; the most that it may be where the object's size
/// is not known.
std::size_t expected_bytes(const storage::Range& range, const storage::Condition& condition) {
    std::uint64_t known = 0;
    if (const auto* match = std::get_if<storage::IfMatch>(&condition)) {
        known = match->version.size;
    } else if (const auto* held = std::get_if<storage::IfNoneMatch>(&condition)) {
        known = held->version.size;
    }
    if (const auto* span = std::get_if<storage::Span>(&range)) {
        return static_cast<std::size_t>(span->size);
    }
    if (const auto* suffix = std::get_if<storage::Suffix>(&range)) {
        return static_cast<std::size_t>(known > 0 ? std::min(known, suffix->size) : suffix->size);
    }
    return static_cast<std::size_t>(known);
}

}  // namespace

ReadQueue::ReadQueue(storage::Storage& storage, boost::asio::any_io_executor upstream, Memory& memory,
                     std::size_t reads_at_once, Counters& counters)
    : storage_(storage),
      memory_(memory),
      counters_(counters),
      reads_(std::make_shared<FairSemaphore>(upstream, reads_at_once)),
      probes_(std::make_shared<FairSemaphore>(upstream, probes_at_once)) {}

Awaitable<Result<ReadQueue::Place>> ReadQueue::enter(std::shared_ptr<const Interest> interest, SteadyTime deadline) {
    auto place = co_await reads_->acquire(1, deadline);
    if (!place) {
        co_return too_many();
    }
    if (!interest->is_wanted()) {
        co_return unwanted();
    }
    co_return std::move(*place);
}

Awaitable<Result<ReadQueue::Place>> ReadQueue::enter_as_probe(SteadyTime deadline) {
    auto place = co_await probes_->acquire(1, deadline);
    if (!place) {
        co_return too_many();
    }
    co_return std::move(*place);
}

Awaitable<Result<storage::Content>> ReadQueue::Reader::read(std::string key, storage::Range range,
                                                            storage::Condition condition, SteadyTime deadline) {
    const auto expected = expected_bytes(range, condition);
    if (interest_ == nullptr) {
        auto content = co_await queue_.read_now(from_, key, range, condition, expected, deadline);
        co_return content;
    }
    const auto room = co_await queue_.memory_.in_flight->acquire(expected, deadline);
    if (!room) {
        co_return too_many();
    }
    if (!interest_->is_wanted()) {
        co_return unwanted();
    }
    auto content = co_await queue_.read_now(from_, key, range, condition, expected, deadline);
    co_return content;
}

Awaitable<Result<storage::Content>> ReadQueue::read_now(storage::Storage& from, std::string key, storage::Range range,
                                                        storage::Condition condition, std::size_t expected,
                                                        SteadyTime deadline) {
    MemoryCharge charge(memory_.budget, expected);
    memory_.budget->reclaim();
    count(counters_.reads);
    auto content = co_await from.read(key, range, condition, deadline);
    if (!content) {
        const auto code = content.error().code;
        if (code != Errc::not_found && code != Errc::replaced) {
            count(counters_.read_failures);
        }
        co_return content;
    }
    count(counters_.bytes_read, content->bytes.size());
    charge.resize(content->bytes.size());
    content->bytes = charged(std::move(content->bytes), std::move(charge));
    co_return content;
}

}  // namespace tapalcatl::source
