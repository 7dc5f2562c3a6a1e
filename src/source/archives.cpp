#include "source/archives.hpp"

#include "base/text.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>

#include <utility>

namespace tapalcatl::source {

namespace asio = boost::asio;

Archives::Archives(storage::Storage& storage, Memory& memory, asio::any_io_executor upstream, const Clock& clock,
                   const Options& options)
    : storage_(storage),
      clock_(clock),
      options_(options),
      upstream_(upstream),
      work_(upstream),
      table_(memory, clock, options.table, counters_),
      format_(std::make_shared<const ZipFormat>(options.read, options.tile_limit, options.comments)),
      queue_(storage, upstream, memory, options.reads_at_once, *counters_),
      flights_{queue_, table_, *counters_, work_, upstream, options.flight_timeout},
      heads_(flights_, format_, [this](HeadFlights::Landing landing) { landed(std::move(landing)); }),
      entries_(flights_, options.read, options.gather, [this](Wanted wanted) { serve(std::move(wanted)); }) {}

bool Archives::may_serve(ArchiveState& state, bool& is_stale) {
    const auto standing = table_.standing_of(state);
    if (standing.needs_a_check && state.begin_check()) {
        asio::post(upstream_, [this, archive = state.shared_from_this()] { heads_.revalidate(archive); });
    }
    is_stale = standing.is_stale;
    return standing.may_be_served;
}

std::optional<Result<Found>> Archives::find(std::string_view key, std::string_view entry) {
    bool is_stale = false;
    if (const auto block = table_.use_block(key, entry);
        block != nullptr && block->form != Block::Form::unchecked && may_serve(*block->archive, is_stale)) {
        count(counters_->hits);
        if (is_stale) {
            count(counters_->stale);
        }
        return Result<Found>(Found{block, true, is_stale});
    }
    if (const auto held = table_.use_directory(key); held != nullptr && may_serve(*held->archive, is_stale)) {
        if (!held->directory->find(entry)) {
            return Result<Found>(fail(Errc::no_tile, "{}: no entry '{}'", key, printable(entry)));
        }
        return std::nullopt;
    }
    if (table_.is_missing(key)) {
        return Result<Found>(fail(Errc::not_found, "{}: no such archive (remembered)", key));
    }
    return std::nullopt;
}

Awaitable<Result<Found>> Archives::read(std::string key, std::string entry, SteadyTime deadline) {
    count(counters_->misses);
    const auto executor = co_await asio::this_coro::executor;
    Handoff<Result<Found>> handoff(executor);
    asio::post(upstream_, [this, key, entry, handoff] { serve(Wanted{key, entry, {Waiter{handoff}}}); });
    auto found = co_await handoff.wait(deadline);
    if (!found) {
        co_return fail(Errc::timeout, "{}: the storage did not answer in time", key);
    }
    co_return std::move(*found);
}

void Archives::serve(Wanted wanted) {
    const auto held = table_.directory(wanted.key);
    if (held != nullptr && table_.standing_of(*held->archive).may_be_served) {
        std::vector<Wanted> one;
        one.push_back(std::move(wanted));
        entries_.bring(held, std::move(one), {});
        return;
    }
    if (const auto found = find(wanted.key, wanted.entry)) {
        wanted.answer(*found);
        return;
    }
    heads_.join(std::move(wanted));
}

void Archives::landed(HeadFlights::Landing landing) {
    if (!landing.held) {
        for (const auto& wanted : landing.wanted) {
            answer_without_storage(wanted, landing.held.error().within(landing.key));
        }
        return;
    }
    if (*landing.held == nullptr) {
        for (auto& wanted : landing.wanted) {
            serve(std::move(wanted));
        }
        return;
    }
    entries_.bring(*landing.held, std::move(landing.wanted), landing.pieces);
}

void Archives::answer_without_storage(const Wanted& wanted, const Error& error) {
    const auto block = table_.block(wanted.key, wanted.entry);
    if (block != nullptr && block->form != Block::Form::unchecked) {
        const auto standing = table_.standing_of(*block->archive);
        if (standing.may_be_served) {
            count(counters_->stale, standing.is_stale ? 1 : 0);
            wanted.answer(Found{block, true, standing.is_stale});
            return;
        }
    }
    wanted.answer(error);
}

Awaitable<Result<storage::Version>> Archives::probe(std::string key, SteadyTime deadline) {
    const auto executor = co_await asio::this_coro::executor;
    Handoff<Result<storage::Version>> handoff(executor);
    auto ask = [](Archives* self, std::string what, SteadyTime until,
                  Handoff<Result<storage::Version>> to) -> Awaitable<void> {
        const auto work = self->work_.begin();
        const auto answer = co_await self->ask_storage(what, until);
        to.put(answer);
    };
    asio::co_spawn(upstream_, ask(this, key, deadline, handoff), asio::detached);
    const auto answer = co_await handoff.wait(deadline);
    if (!answer) {
        co_return fail(Errc::timeout, "{}: the storage did not answer in time", key);
    }
    co_return *answer;
}

Awaitable<bool> Archives::settle(SteadyTime deadline) {
    const auto executor = co_await asio::this_coro::executor;
    Handoff<bool> handoff(executor);
    auto wait = [](Archives* self, SteadyTime until, Handoff<bool> to) -> Awaitable<void> {
        const bool is_settled = co_await self->settle_upstream(until);
        to.put(is_settled);
    };
    asio::co_spawn(upstream_, wait(this, deadline, handoff), asio::detached);
    const auto answer = co_await handoff.wait(deadline);
    co_return answer.value_or(false);
}

Awaitable<bool> Archives::settle_upstream(SteadyTime deadline) {
    const bool are_done = co_await work_.wait_until_idle(deadline);
    const bool is_settled = co_await storage_.settle(deadline);
    co_return (are_done && is_settled);
}

Awaitable<Result<storage::Version>> Archives::ask_storage(std::string key, SteadyTime deadline) {
    const auto place = co_await queue_.enter_as_probe(deadline);
    if (!place) {
        co_return place.error();
    }
    ReadQueue::Reader reader(queue_, storage_.origin(), nullptr);
    const storage::Condition always;
    auto opened = co_await open_archive(reader, format_, key, always, deadline);
    if (!opened) {
        co_return opened.error();
    }
    co_return std::move(opened->version);
}

}  // namespace tapalcatl::source
