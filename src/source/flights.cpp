#include "base/text.hpp"
#include "source/archives.hpp"
#include "source/checking.hpp"
#include "source/flight.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <exception>
#include <optional>
#include <utility>

/// The half of Archives that runs on the upstream executor: how what is wanted of an archive is brought.
namespace tapalcatl::source {

namespace asio = boost::asio;

namespace {

/// What an entry may take in its archive beyond the limit for its content: headers, and DEFLATE's own blocks.
constexpr std::uint64_t extent_allowance = 256 * 1024;

/// The share of a fetch in the memory budget. A fetch that is destroyed with its context may outlive the cache, but
/// then the semaphore is gone too.
class InFlight {
 public:
    InFlight(std::weak_ptr<FairSemaphore> memory, BlockCache& cache, std::size_t size)
        : memory_(std::move(memory)), cache_(cache), size_(size) {
        cache_.reserve(size_);
    }
    InFlight(const InFlight&) = delete;
    InFlight& operator=(const InFlight&) = delete;
    ~InFlight() {
        if (!memory_.expired()) {
            cache_.release(size_);
        }
    }

 private:
    std::weak_ptr<FairSemaphore> memory_;
    BlockCache& cache_;
    std::size_t size_;
};

}  // namespace

void Archives::depart(const std::shared_ptr<Flight>& flight) {
    asio::co_spawn(upstream_, fly(flight), [this, flight](std::exception_ptr crash) {
        if (crash) {
            // Out of memory, then: those who wait must hear of it.
            flights_.erase(flight->key);
            flight->answer_all(fail(Errc::unavailable, "{}: out of memory", flight->key));
        }
    });
}

Awaitable<void> Archives::fly(std::shared_ptr<Flight> flight) {
    // Whoever asks at the same moment comes along.
    co_await asio::post(asio::use_awaitable);
    bool read_again = false;
    while (!flight->wanted.empty() || flight->revalidates) {
        const auto deadline = std::chrono::steady_clock::now() + options_.flight_timeout;
        const auto opened = co_await open(flight, deadline);
        if (!opened) {
            answer_without(*flight, opened.error());
            continue;
        }
        if (opened->held == nullptr) {
            continue;  // it was renewed, and nobody wanted its directory
        }
        auto batch = std::make_shared<Batch>();
        batch->key = flight->key;
        batch->held = opened->held;
        sort_out(*flight, *opened, *batch);
        if (!batch->missing.empty()) {
            co_await fetch_missing(batch, deadline);
        }
        for (const auto& wanted : batch->again) {
            if (read_again) {
                wanted.answer(fail(Errc::replaced, "{}: it changes faster than it can be read", flight->key));
                continue;
            }
            auto& waiters = flight->wanted[wanted.name];
            waiters.insert(waiters.end(), wanted.waiters.begin(), wanted.waiters.end());
        }
        read_again = !batch->again.empty();
    }
    // At once, before anybody else can board.
    flights_.erase(flight->key);
}

Awaitable<Result<Archives::Opened>> Archives::open(std::shared_ptr<Flight> flight, SteadyTime deadline) {
    const auto key = flight->key;
    const bool must_ask = std::exchange(flight->revalidates, false);
    const auto state = state_of(key);
    auto held = as_directory(cache_.peek(key));
    if (held != nullptr && held->archive->is_retired()) {
        held = nullptr;
    }
    if (held != nullptr && !must_ask) {
        const auto age = age_of(*held->archive, clock_.now(), options_.refresh_behind, options_.stale_for);
        if (age == Age::fresh || age == Age::past) {
            co_return Opened{held, {}};
        }
    }
    storage::Condition condition;
    if (held != nullptr) {
        condition = storage::IfNoneMatch{held->archive->version()};
    } else if (state != nullptr && flight->wanted.empty()) {
        condition = storage::IfNoneMatch{state->version()};
    }
    const auto waited_for = must_ask ? nullptr : flight;
    auto head = co_await fetch_head(waited_for, storage_, key, condition, deadline);
    if (!head && head.error().code == Errc::replaced) {
        // Between its own reads; more likely so where the first of them came out of a cache.
        const storage::Condition always;
        head = co_await fetch_head(waited_for, storage_, key, always, deadline);
    }
    if (state != nullptr) {
        state->end_check();
    }
    if (!head && head.error().code == Errc::not_found) {
        forget(key, state);
        co_return head.error();
    }
    if (!head && waited_for != nullptr && waited_for->is_abandoned()) {
        co_return head.error();  // this says nothing of the storage
    }
    if (!head) {
        co_return fall_back(key, held, state, head.error());
    }
    if (head->not_modified) {
        (held != nullptr ? held->archive : state)->renew(fresh_until(head->age));
        co_return Opened{held, {}};
    }
    auto tail = head->tail;
    held = install(key, *head);
    co_return Opened{held, tail};
}

Awaitable<Result<ArchiveHead>> Archives::fetch_head(std::shared_ptr<Flight> flight, storage::Storage& from,
                                                    std::string key, storage::Condition condition,
                                                    SteadyTime deadline) {
    const auto& read = options_.read;
    const auto size = static_cast<std::size_t>(read.mode == ReadMode::whole ? read.archive_limit : read.tail_size);
    const auto slot = co_await read_slots_->acquire(1, deadline);
    if (!slot) {
        co_return fail(Errc::overloaded, "too many fetches in flight");
    }
    const auto room = co_await memory_->acquire(size, deadline);
    if (!room) {
        co_return fail(Errc::overloaded, "too many fetches in flight");
    }
    if (flight != nullptr && flight->is_abandoned()) {
        // Map clients give up often; those who still wait come first.
        co_return fail(Errc::overloaded, "nobody waits for it any more");
    }
    const InFlight in_flight(memory_, cache_, size);
    auto head = co_await read_head(from, key, condition, options_.read, deadline);
    counters_.reads.fetch_add(1, std::memory_order_relaxed);
    if (head) {
        counters_.bytes_read.fetch_add(head->tail.bytes.size(), std::memory_order_relaxed);
    } else if (head.error().code == Errc::corrupt) {
        counters_.corrupt.fetch_add(1, std::memory_order_relaxed);
        storage_.invalidate(key);
    } else if (head.error().code != Errc::not_found) {
        counters_.read_failures.fetch_add(1, std::memory_order_relaxed);
    }
    co_return head;
}

void Archives::sort_out(Flight& flight, const Opened& opened, Batch& batch) {
    const auto& held = *opened.held;
    const bool stale = held.archive->is_failing();
    Entries damaged;
    for (auto& [name, waiters] : std::exchange(flight.wanted, {})) {
        const auto* entry = held.directory->find(name);
        Batch::Wanted wanted{name, entry, std::move(waiters)};
        if (entry == nullptr) {
            wanted.answer(fail(Errc::no_tile, "{}: no entry '{}'", flight.key, printable(name)));
            continue;
        }
        if (!zip::check_readable(*entry)) {
            wanted.answer(check(held, *entry, {}));
            continue;
        }
        if (const auto size = zip::extent_of(*entry).size; size > options_.tile_limit + extent_allowance) {
            wanted.answer(fail(Errc::too_large, "{}: entry '{}' lies in {} bytes of the archive, over the limit of {}",
                               flight.key, printable(name), size, options_.tile_limit));
            continue;
        }
        const auto block = as_block(cache_.peek(block_key(flight.key, name)));
        const bool is_current = block != nullptr && block->archive == held.archive;
        if (is_current && block->form != Block::Form::unchecked) {
            wanted.answer(Found{block, false, stale});
        } else if (const auto bytes = bytes_of(*entry, opened.tail)) {
            const auto found = check(held, *entry, *bytes);
            if (!found) {
                damaged.push_back(entry);
            }
            wanted.answer(found);
        } else if (is_current) {
            wanted.answer(check(held, *entry, block->bytes));
        } else {
            batch.missing.push_back(std::move(wanted));
        }
    }
    keep(held, opened.tail, damaged);
}

Awaitable<void> Archives::fetch_missing(std::shared_ptr<Batch> batch, SteadyTime deadline) {
    std::vector<zip::Extent> extents;
    for (const auto& wanted : batch->missing) {
        extents.push_back(zip::extent_of(*wanted.entry));
    }
    batch->ranges = merge(extents, options_.read.merge_gap, options_.read.merge_limit);
    batch->pending = batch->ranges.size();
    batch->landed.emplace(upstream_);
    for (std::size_t i = 0; i < batch->ranges.size(); ++i) {
        asio::co_spawn(upstream_, fetch_range(batch, i, deadline), [batch, i](std::exception_ptr crash) {
            if (crash) {
                for (const auto member : batch->ranges[i].members) {
                    batch->missing[member].answer(fail(Errc::unavailable, "{}: out of memory", batch->key));
                }
            }
            if (--batch->pending == 0) {
                batch->landed->put(true);
            }
        });
    }
    co_await batch->landed->wait(SteadyTime::max());
}

Awaitable<void> Archives::fetch_range(std::shared_ptr<Batch> batch, std::size_t index, SteadyTime deadline) {
    const auto& range = batch->ranges[index];
    const auto& held = *batch->held;
    const auto size = static_cast<std::size_t>(range.extent.size);
    Result<storage::Content> content = fail(Errc::overloaded, "too many fetches in flight");
    std::optional<FairSemaphore::Permit> room;
    const auto slot = co_await read_slots_->acquire(1, deadline);
    if (slot) {
        room = co_await memory_->acquire(size, deadline);
    }
    const bool is_abandoned = std::all_of(range.members.begin(), range.members.end(), [&batch](std::size_t member) {
        return batch->missing[member].is_abandoned();
    });
    if (room && !is_abandoned) {
        const InFlight in_flight(memory_, cache_, size);
        const storage::Range span = storage::Span{range.extent.offset, range.extent.size};
        const storage::Condition unchanged = storage::IfMatch{held.archive->version()};
        content = co_await storage_.read(batch->key, span, unchanged, deadline);
        counters_.reads.fetch_add(1, std::memory_order_relaxed);
    }
    room.reset();
    if (!content && content.error().code == Errc::replaced) {
        counters_.replaced.fetch_add(1, std::memory_order_relaxed);
        held.archive->retire();
        for (const auto member : range.members) {
            batch->again.push_back(std::move(batch->missing[member]));
        }
        co_return;
    }
    if (!content) {
        counters_.read_failures.fetch_add(1, std::memory_order_relaxed);
        for (const auto member : range.members) {
            batch->missing[member].answer(content.error().within(batch->key));
        }
        co_return;
    }
    counters_.bytes_read.fetch_add(content->bytes.size(), std::memory_order_relaxed);
    Entries damaged;
    for (const auto member : range.members) {
        const auto& wanted = batch->missing[member];
        const auto bytes = bytes_of(*wanted.entry, *content);
        const auto found =
            bytes ? check(held, *wanted.entry, *bytes)
                  : Result<Found>(fail(Errc::corrupt, "{}: '{}' was not read", batch->key, printable(wanted.name)));
        if (!found) {
            damaged.push_back(wanted.entry);
        }
        wanted.answer(found);
    }
    keep(held, *content, damaged);
}

void Archives::answer_without(Flight& flight, const Error& error) {
    const auto now = clock_.now();
    for (const auto& [name, waiters] : std::exchange(flight.wanted, {})) {
        Result<Found> answer = error.within(flight.key);
        const auto block = as_block(cache_.peek(block_key(flight.key, name)));
        if (block != nullptr && block->form != Block::Form::unchecked &&
            age_of(*block->archive, now, options_.refresh_behind, options_.stale_for) == Age::past) {
            counters_.stale.fetch_add(1, std::memory_order_relaxed);
            answer = Found{block, true, true};
        }
        for (const auto& waiter : waiters) {
            waiter.put(answer);
        }
    }
}

void Archives::keep(const HeldDirectory& held, const storage::Content& content, const Entries& damaged) {
    if (content.bytes.empty() || cache_.budget() == 0) {
        return;
    }
    const auto& key = *held.archive->key();
    for (const auto& entry : held.directory->entries()) {
        const auto bytes = bytes_of(entry, content);
        if (!bytes || bytes->empty() || entry.size == 0 || held.directory->find(entry.name) != &entry ||
            std::find(damaged.begin(), damaged.end(), &entry) != damaged.end()) {
            continue;
        }
        const auto there = cache_.peek(block_key(key, entry.name));
        if (there != nullptr && there->archive == held.archive) {
            continue;
        }
        std::vector<std::byte> copy(bytes->begin(), bytes->end());
        cache_.insert(block_key(key, entry.name),
                      std::make_shared<const Block>(held.archive, Block::Form::unchecked, std::move(copy), entry));
    }
}

Result<Found> Archives::check(const HeldDirectory& held, const zip::Entry& entry, Bytes bytes) {
    const auto& key = *held.archive->key();
    auto block = make_block(held.archive, entry, bytes, inflater_, options_.tile_limit);
    if (!block) {
        counters_.corrupt.fetch_add(1, std::memory_order_relaxed);
        storage_.invalidate(key);
        cache_.erase(block_key(key, entry.name));
        return block.error().within(key);
    }
    cache_.insert(block_key(key, entry.name), *block);
    return Found{*block, false, held.archive->is_failing()};
}

}  // namespace tapalcatl::source
