#include "source/archives.hpp"

#include "base/log.hpp"
#include "base/text.hpp"
#include "source/checking.hpp"
#include "source/ranges.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>

#include <algorithm>
#include <exception>
#include <utility>

namespace tapalcatl::source {

namespace asio = boost::asio;

namespace {

/// What is remembered of missing archives is small, and there may be many: somebody tries every tile of the ocean.
constexpr std::size_t missing_budget = 4'000'000;

/// Fetches in flight take from the cache's budget; half of it at the most, but enough for a few at once.
constexpr std::size_t least_in_flight = 4'000'000;

/// What an entry may take in its archive beyond the limit for its content: headers, and DEFLATE's own blocks.
constexpr std::uint64_t extent_allowance = 256 * 1024;

std::shared_ptr<const HeldDirectory> as_directory(std::shared_ptr<const Held> held) {
    return std::static_pointer_cast<const HeldDirectory>(std::move(held));
}

std::shared_ptr<const Block> as_block(std::shared_ptr<const Held> held) {
    return std::static_pointer_cast<const Block>(std::move(held));
}

/// The cache's name for an entry: no key has a NUL in it. Lifetime: until the next call on this thread.
std::string_view block_key(std::string_view key, std::string_view entry) {
    thread_local std::string buffer;
    buffer.assign(key).append(1, '\0').append(entry);
    return buffer;
}

/// The share of a fetch in the memory budget, once it was admitted.
class InFlight {
 public:
    InFlight(Admission& admission, BlockCache& cache, std::size_t size)
        : admission_(admission), cache_(cache), size_(size) {
        cache_.reserve(size_);
    }
    InFlight(const InFlight&) = delete;
    InFlight& operator=(const InFlight&) = delete;
    ~InFlight() {
        cache_.release(size_);
        admission_.leave(size_);
    }

 private:
    Admission& admission_;
    BlockCache& cache_;
    std::size_t size_;
};

}  // namespace

/// All that is wanted of one archive at a time. Lives on the upstream executor.
struct Archives::Flight {
    std::string key;
    std::unordered_map<std::string, std::vector<Waiter>> wanted;  ///< by entry
    bool revalidates = false;

    void answer_all(const Error& error) {
        for (const auto& [entry, waiters] : std::exchange(wanted, {})) {
            for (const auto& waiter : waiters) {
                waiter.put(error);
            }
        }
    }
};

/// What one round of a flight fetches: entries of one state of the archive.
struct Archives::Batch {
    struct Wanted {
        std::string name;
        const zip::Entry* entry;
        std::vector<Waiter> waiters;

        void answer(const Result<Found>& found) const {
            for (const auto& waiter : waiters) {
                waiter.put(found);
            }
        }
    };

    std::string key;
    std::shared_ptr<const HeldDirectory> held;
    std::vector<Wanted> missing;
    std::vector<MergedRange> ranges;
    std::vector<Wanted> again;  ///< the archive was replaced before these were read
    std::size_t pending = 0;
    std::optional<Handoff<bool>> landed;
};

Archives::Archives(storage::Storage& storage, asio::any_io_executor upstream, const Clock& clock, Options options)
    : storage_(storage),
      upstream_(upstream),
      clock_(clock),
      options_(options),
      cache_(options.cache_size),
      missing_(missing_budget),
      admission_(upstream, std::max(options.cache_size / 2, least_in_flight)) {}

Archives::~Archives() = default;

std::optional<Result<Found>> Archives::find(std::string_view key, std::string_view entry) {
    const auto now = clock_.now();
    const auto may_serve = [&](ArchiveState& state) {
        const auto age = age_of(state, now, options_.refresh_behind, options_.stale_for);
        if (age == Age::past && now >= state.retry_at() && state.begin_check()) {
            asio::post(upstream_, [this, archive = state.shared_from_this()] { revalidate(archive); });
        }
        return age == Age::fresh || age == Age::past;
    };

    if (const auto block = as_block(cache_.find(block_key(key, entry)));
        block != nullptr && block->form != Block::Form::unchecked && may_serve(*block->archive)) {
        const bool stale = block->archive->is_failing();
        counters_.hits.fetch_add(1, std::memory_order_relaxed);
        if (stale) {
            counters_.stale.fetch_add(1, std::memory_order_relaxed);
        }
        return Result<Found>(Found{block, true, stale});
    }
    if (const auto held = as_directory(cache_.find(key)); held != nullptr && may_serve(*held->archive)) {
        if (held->directory->find(entry) == nullptr) {
            return Result<Found>(fail(Errc::no_tile, "{}: no entry '{}'", key, printable(entry)));
        }
        return std::nullopt;
    }
    if (const auto missing = std::static_pointer_cast<const Missing>(missing_.find(key));
        missing != nullptr && now < missing->until) {
        return Result<Found>(fail(Errc::not_found, "{}: no such archive (remembered)", key));
    }
    return std::nullopt;
}

Awaitable<Result<Found>> Archives::read(std::string key, std::string entry, SteadyTime deadline) {
    counters_.misses.fetch_add(1, std::memory_order_relaxed);
    const auto executor = co_await asio::this_coro::executor;
    Waiter waiter(executor);
    asio::post(upstream_, [this, key, entry, waiter] { board(key, entry, waiter); });
    auto found = co_await waiter.wait(deadline);
    if (!found) {
        co_return fail(Errc::timeout, "{}: the storage did not answer in time", key);
    }
    co_return std::move(*found);
}

Awaitable<Result<storage::Version>> Archives::probe(std::string key, SteadyTime deadline) {
    const auto executor = co_await asio::this_coro::executor;
    Handoff<Result<storage::Version>> handoff(executor);
    auto ask = [](Archives* self, std::string what, SteadyTime until,
                  Handoff<Result<storage::Version>> to) -> Awaitable<void> {
        const storage::Condition always;
        const auto head = co_await self->fetch_head(what, always, until);
        if (head) {
            to.put(head->version);
        } else {
            to.put(head.error());
        }
    };
    asio::co_spawn(upstream_, ask(this, key, deadline, handoff), asio::detached);
    const auto answer = co_await handoff.wait(deadline);
    if (!answer) {
        co_return fail(Errc::timeout, "{}: the storage did not answer in time", key);
    }
    co_return *answer;
}

void Archives::board(std::string key, std::string entry, Waiter waiter) {
    auto& flight = flights_[key];
    const bool starts = flight == nullptr;
    if (starts) {
        flight = std::make_shared<Flight>();
        flight->key = std::move(key);
    }
    flight->wanted[std::move(entry)].push_back(std::move(waiter));
    if (starts) {
        depart(flight);
    }
}

void Archives::revalidate(std::shared_ptr<ArchiveState> archive) {
    auto& flight = flights_[*archive->key()];
    const bool starts = flight == nullptr;
    if (starts) {
        flight = std::make_shared<Flight>();
        flight->key = *archive->key();
    }
    flight->revalidates = true;
    if (starts) {
        depart(flight);
    }
}

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
    auto head = co_await fetch_head(key, condition, deadline);
    if (state != nullptr) {
        state->end_check();
    }
    if (!head && head.error().code == Errc::not_found) {
        forget(key, state);
        co_return head.error();
    }
    if (!head) {
        co_return fall_back(key, held, state, head.error());
    }
    if (head->not_modified) {
        (held != nullptr ? held->archive : state)->renew(fresh_until());
        co_return Opened{held, {}};
    }
    auto tail = head->tail;
    held = install(key, *head);
    co_return Opened{held, tail};
}

Awaitable<Result<ArchiveHead>> Archives::fetch_head(std::string key, storage::Condition condition,
                                                    SteadyTime deadline) {
    const auto& read = options_.read;
    const auto size = static_cast<std::size_t>(read.mode == ReadMode::whole ? read.archive_limit : read.tail_size);
    const bool entered = co_await admission_.enter(size, deadline);
    if (!entered) {
        co_return fail(Errc::overloaded, "too many fetches in flight");
    }
    const InFlight in_flight(admission_, cache_, size);
    auto head = co_await read_head(storage_, key, condition, options_.read, deadline);
    counters_.reads.fetch_add(1, std::memory_order_relaxed);
    if (head) {
        counters_.bytes_read.fetch_add(head->tail.bytes.size(), std::memory_order_relaxed);
    } else if (head.error().code == Errc::corrupt) {
        counters_.corrupt.fetch_add(1, std::memory_order_relaxed);
    } else if (head.error().code != Errc::not_found) {
        counters_.read_failures.fetch_add(1, std::memory_order_relaxed);
    }
    co_return head;
}

void Archives::sort_out(Flight& flight, const Opened& opened, Batch& batch) {
    const auto& held = *opened.held;
    const bool stale = held.archive->is_failing();
    for (auto& [name, waiters] : std::exchange(flight.wanted, {})) {
        const auto* entry = held.directory->find(name);
        Batch::Wanted wanted{name, entry, std::move(waiters)};
        if (entry == nullptr) {
            wanted.answer(fail(Errc::no_tile, "{}: no entry '{}'", flight.key, printable(name)));
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
            wanted.answer(check(held, *entry, *bytes));
        } else if (is_current) {
            wanted.answer(check(held, *entry, block->bytes));
        } else {
            batch.missing.push_back(std::move(wanted));
        }
    }
    keep(held, opened.tail);
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
    const bool entered = co_await admission_.enter(size, deadline);
    Result<storage::Content> content = fail(Errc::overloaded, "too many fetches in flight");
    if (entered) {
        const InFlight in_flight(admission_, cache_, size);
        const storage::Range span = storage::Span{range.extent.offset, range.extent.size};
        const storage::Condition unchanged = storage::IfMatch{held.archive->version()};
        content = co_await storage_.read(batch->key, span, unchanged, deadline);
        counters_.reads.fetch_add(1, std::memory_order_relaxed);
    }
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
    for (const auto member : range.members) {
        const auto& wanted = batch->missing[member];
        const auto bytes = bytes_of(*wanted.entry, *content);
        wanted.answer(
            bytes ? check(held, *wanted.entry, *bytes)
                  : Result<Found>(fail(Errc::corrupt, "{}: '{}' was not read", batch->key, printable(wanted.name))));
    }
    keep(held, *content);
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

std::shared_ptr<const HeldDirectory> Archives::install(const std::string& key, const ArchiveHead& head) {
    auto state = state_of(key);
    if (state == nullptr || state->version() != head.version) {
        if (state != nullptr) {
            state->retire();
            counters_.replaced.fetch_add(1, std::memory_order_relaxed);
        }
        state = std::make_shared<ArchiveState>(key, head.version);
        states_[key] = state;
        sweep_states();
    }
    state->renew(fresh_until());
    auto held = std::make_shared<const HeldDirectory>(state, head.directory);
    cache_.insert(key, held);
    missing_.erase(key);
    return held;
}

void Archives::forget(const std::string& key, const std::shared_ptr<ArchiveState>& state) {
    if (state != nullptr) {
        state->retire();
    }
    cache_.erase(key);
    missing_.insert(key, std::make_shared<const Missing>(clock_.now() + options_.missing_for));
}

Result<Archives::Opened> Archives::fall_back(const std::string& key, const std::shared_ptr<const HeldDirectory>& held,
                                             const std::shared_ptr<ArchiveState>& state, const Error& error) {
    const auto now = clock_.now();
    if (state != nullptr) {
        if (!state->is_failing()) {
            log::limited(log::Level::warning, "revalidation", "{}: revalidation failed, serving what is held: {}", key,
                         error.message);
        }
        state->fail_until(now + options_.retry_after);
    }
    if (held != nullptr && age_of(*held->archive, now, options_.refresh_behind, options_.stale_for) == Age::past) {
        return Opened{held, {}};
    }
    return error;
}

void Archives::keep(const HeldDirectory& held, const storage::Content& content) {
    if (content.bytes.empty() || cache_.budget() == 0) {
        return;
    }
    const auto& key = *held.archive->key();
    for (const auto& entry : held.directory->entries()) {
        const auto bytes = bytes_of(entry, content);
        if (!bytes || entry.size == 0 || held.directory->find(entry.name) != &entry) {
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
        return block.error().within(key);
    }
    cache_.insert(block_key(key, entry.name), *block);
    return Found{*block, false, held.archive->is_failing()};
}

std::shared_ptr<ArchiveState> Archives::state_of(const std::string& key) {
    const auto found = states_.find(key);
    if (found == states_.end()) {
        return nullptr;
    }
    auto state = found->second.lock();
    return state != nullptr && !state->is_retired() ? state : nullptr;
}

SteadyTime Archives::fresh_until() const {
    return options_.fresh_for.count() == 0 ? SteadyTime::max() : clock_.now() + options_.fresh_for;
}

void Archives::sweep_states() {
    if (states_.size() < states_to_sweep_) {
        return;
    }
    std::erase_if(states_, [](const auto& state) { return state.second.expired(); });
    states_to_sweep_ = std::max<std::size_t>(1024, 2 * states_.size());
}

}  // namespace tapalcatl::source
