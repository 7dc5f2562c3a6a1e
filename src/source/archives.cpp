#include "source/archives.hpp"

#include "base/log.hpp"
#include "base/text.hpp"
#include "source/checking.hpp"
#include "source/flight.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>

#include <algorithm>
#include <utility>

namespace tapalcatl::source {

namespace asio = boost::asio;

namespace {

/// What is remembered of missing archives is small, and there may be many: somebody tries every tile of the ocean.
constexpr std::size_t missing_budget = 4'000'000;

/// Fetches in flight take from the cache's budget; half of it at the most, but enough for a few at once.
constexpr std::size_t least_in_flight = 4'000'000;

}  // namespace

Archives::Archives(storage::Storage& storage, asio::any_io_executor upstream, const Clock& clock, Options options)
    : storage_(storage),
      upstream_(upstream),
      clock_(clock),
      options_(options),
      cache_(options.cache_size),
      missing_(missing_budget),
      read_slots_(std::make_shared<FairSemaphore>(upstream, options.reads_at_once)),
      memory_(std::make_shared<FairSemaphore>(upstream, std::max(options.cache_size / 2, least_in_flight))) {}

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
        const auto head = co_await self->fetch_head(nullptr, self->storage_.origin(), what, always, until);
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
    // What a cache answered may be older than what the storage itself said since.
    state->renew(std::max(state->fresh_until(), fresh_until(head.age)));
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

std::shared_ptr<ArchiveState> Archives::state_of(const std::string& key) {
    const auto found = states_.find(key);
    if (found == states_.end()) {
        return nullptr;
    }
    auto state = found->second.lock();
    return state != nullptr && !state->is_retired() ? state : nullptr;
}

SteadyTime Archives::fresh_until(std::chrono::seconds age) const {
    return options_.fresh_for.count() == 0 ? SteadyTime::max() : clock_.now() + options_.fresh_for - age;
}

void Archives::sweep_states() {
    if (states_.size() < states_to_sweep_) {
        return;
    }
    std::erase_if(states_, [](const auto& state) { return state.second.expired(); });
    states_to_sweep_ = std::max<std::size_t>(1024, 2 * states_.size());
}

}  // namespace tapalcatl::source
