#include "source/entry_flights.hpp"

#include "base/log.hpp"
#include "base/text.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>

#include <algorithm>
#include <exception>
#include <utility>

namespace tapalcatl::source {

namespace asio = boost::asio;

/// A range with the entries that are wanted of it.
struct EntryFlights::RangeRead final : Interest {
    bool is_wanted() const override {
        return std::any_of(flights.begin(), flights.end(), [](const Flight& each) { return each.wanted.is_wanted(); });
    }

    /// Leaves out what nobody wants any more.
    void shrink() {
        std::erase_if(flights, [](const Flight& each) { return !each.wanted.is_wanted(); });
        auto begin = range.offset + range.size;
        auto end = range.offset;
        for (const auto& each : flights) {
            begin = std::min(begin, each.located.span.offset);
            end = std::max(end, each.located.span.offset + each.located.span.size);
        }
        range = {begin, end - begin};
    }

    std::shared_ptr<ArchiveState> state;
    storage::Span range{};
    std::vector<Flight> flights;
};

void EntryFlights::bring(const std::shared_ptr<const HeldDirectory>& held, std::vector<Wanted> wanted,
                         std::span<const storage::Content> pieces) {
    Damaged damaged;
    for (auto& each : wanted) {
        const auto located = locate(*held, each);
        if (!located) {
            each.answer(located.error());
            continue;
        }
        const auto answer = answer_at_once(*held, *located, each, pieces, damaged);
        if (answer) {
            each.answer(*answer);
        } else {
            join(held, *located, std::move(each), !pieces.empty());
        }
    }
    for (const auto& piece : pieces) {
        keep_others(*held, piece, damaged);
    }
}

Result<EntryFlights::Located> EntryFlights::locate(const HeldDirectory& held, const Wanted& wanted) {
    const auto entry = held.directory->find(wanted.entry);
    if (!entry) {
        return fail(Errc::no_tile, "{}: no entry '{}'", wanted.key, printable(wanted.entry));
    }
    const auto span = held.directory->locate(*entry);
    if (!span && span.error().code == Errc::too_large) {
        return span.error().within(wanted.key);
    }
    if (!span) {
        return refused(held, *entry, span.error());
    }
    return Located{*entry, *span};
}

std::optional<Result<Found>> EntryFlights::answer_at_once(const HeldDirectory& held, const Located& located,
                                                          const Wanted& wanted,
                                                          std::span<const storage::Content> pieces, Damaged& damaged) {
    const auto block = context_.table.block(wanted.key, wanted.entry);
    const bool is_current = block != nullptr && block->archive == held.archive;
    if (is_current && block->form != Block::Form::unchecked) {
        return Found{block, false, context_.table.standing_of(*held.archive).is_stale};
    }
    for (const auto& piece : pieces) {
        const auto bytes = bytes_of(located.span, piece);
        if (!bytes) {
            continue;
        }
        auto found = check(held, located.entry, *bytes);
        if (!found) {
            damaged.push_back(located.entry);
        }
        return found;
    }
    if (is_current) {
        return check(held, located.entry, block->bytes);
    }
    return std::nullopt;
}

void EntryFlights::join(const std::shared_ptr<const HeldDirectory>& held, const Located& located, Wanted wanted,
                        bool follows_head) {
    auto* const state = held->archive.get();
    auto& archive = archives_[state];
    archive.state = held->archive;
    archive.work = context_.work.begin();
    const auto same = [&](const Flight& flight) { return flight.wanted.entry == wanted.entry; };
    for (const auto& read : archive.reads) {
        const auto flight = std::find_if(read->flights.begin(), read->flights.end(), same);
        if (flight != read->flights.end()) {
            flight->wanted.join(std::move(wanted));
            return;
        }
        if (is_inside(located.span, read->range)) {
            read->flights.push_back({held, located, std::move(wanted)});
            return;
        }
    }
    const auto flight = std::find_if(archive.next.begin(), archive.next.end(), same);
    if (flight != archive.next.end()) {
        flight->wanted.join(std::move(wanted));
        return;
    }
    if (archive.next.empty()) {
        const auto time = archive.reads.empty() ? gather_.alone : gather_.beside_reads;
        start_reads_after(follows_head ? std::chrono::microseconds(0) : time, held->archive);
    }
    archive.next.push_back({held, located, std::move(wanted)});
}

void EntryFlights::start_reads_after(std::chrono::microseconds time, const std::shared_ptr<ArchiveState>& state) {
    if (time.count() == 0) {
        asio::post(context_.upstream, [this, state] { start_reads(state.get()); });
        return;
    }
    const auto timer = std::make_shared<asio::steady_timer>(context_.upstream, time);
    timer->async_wait([this, state, timer](const boost::system::error_code&) { start_reads(state.get()); });
}

void EntryFlights::start_reads(ArchiveState* state) {
    auto& archive = archives_.at(state);
    auto flights = std::exchange(archive.next, {});
    std::vector<storage::Span> spans;
    for (const auto& flight : flights) {
        spans.push_back(flight.located.span);
    }
    std::vector<std::shared_ptr<RangeRead>> reads;
    for (const auto& range : merge(spans, policy_.merge_gap, policy_.merge_limit)) {
        auto read = std::make_shared<RangeRead>();
        read->state = archive.state;
        read->range = range.extent;
        for (const auto member : range.members) {
            read->flights.push_back(std::move(flights[member]));
        }
        archive.reads.push_back(read);
        reads.push_back(std::move(read));
    }
    for (const auto& read : reads) {
        asio::co_spawn(context_.upstream, run(read), [this, read](std::exception_ptr crash) {
            if (crash) {
                land(*read, fail(Errc::unavailable, "out of memory"));
            }
        });
    }
}

Awaitable<void> EntryFlights::run(std::shared_ptr<RangeRead> read) {
    const auto content = co_await fetch(read);
    land(*read, content);
}

Awaitable<Result<storage::Content>> EntryFlights::fetch(std::shared_ptr<RangeRead> read) {
    const auto deadline = std::chrono::steady_clock::now() + context_.timeout;
    const auto place = co_await context_.queue.enter(read, deadline);
    if (!place) {
        co_return place.error();
    }
    read->shrink();
    const storage::Range range = read->range;
    const storage::Condition unchanged = storage::IfMatch{read->state->version()};
    const auto key = *read->state->key();
    ReadQueue::Reader reader(context_.queue, context_.queue.storage(), read);
    auto content = co_await reader.read(key, range, unchanged, deadline);
    co_return content;
}

void EntryFlights::land(RangeRead& read, const Result<storage::Content>& content) {
    const auto& state = read.state;
    const auto found = archives_.find(state.get());
    if (found != archives_.end()) {
        std::erase_if(found->second.reads, [&](const auto& each) { return each.get() == &read; });
        if (found->second.reads.empty() && found->second.next.empty()) {
            archives_.erase(found);
        }
    }
    const auto& key = *state->key();
    const auto flights = std::exchange(read.flights, {});
    if (!content && content.error().code == Errc::replaced) {
        count(context_.counters.replaced);
        state->retire();
        const auto error = fail(Errc::replaced, "{}: it changes faster than it can be read", key);
        for (const auto& flight : flights) {
            Wanted again{flight.wanted.key, flight.wanted.entry, {}};
            for (const auto& waiter : flight.wanted.waiters) {
                if (waiter.was_replaced) {
                    waiter.handoff.put(error);
                } else {
                    again.waiters.push_back({waiter.handoff, true});
                }
            }
            if (!again.waiters.empty()) {
                replaced_(std::move(again));
            }
        }
        return;
    }
    if (!content) {
        for (const auto& flight : flights) {
            flight.wanted.answer(content.error().within(key));
        }
        return;
    }
    Damaged damaged;
    for (const auto& flight : flights) {
        const auto bytes = bytes_of(flight.located.span, *content);
        const auto answer =
            bytes ? check(*flight.held, flight.located.entry, *bytes)
                  : Result<Found>(fail(Errc::corrupt, "{}: '{}' was not read", key, printable(flight.wanted.entry)));
        if (!answer) {
            damaged.push_back(flight.located.entry);
        }
        flight.wanted.answer(answer);
    }
    if (!flights.empty()) {
        keep_others(*flights.front().held, *content, damaged);
    }
}

Result<Found> EntryFlights::check(const HeldDirectory& held, std::size_t entry, Bytes bytes) {
    auto content = held.directory->content(entry, bytes);
    if (!content) {
        return refused(held, entry, content.error());
    }
    if (!content->warning.empty()) {
        log::limited(log::Level::warning, "comment", "{}: {}: headers are not used: {}", *held.archive->key(),
                     printable(held.directory->name_of(entry)), content->warning);
    }
    auto block = context_.table.keep(held, held.directory->name_of(entry), std::move(*content));
    return Found{std::move(block), false, context_.table.standing_of(*held.archive).is_stale};
}

Error EntryFlights::refused(const HeldDirectory& held, std::size_t entry, const Error& error) {
    const auto& key = *held.archive->key();
    count(context_.counters.corrupt);
    context_.queue.storage().invalidate(key);
    context_.table.erase(key, held.directory->name_of(entry));
    return error.within(key);
}

void EntryFlights::keep_others(const HeldDirectory& held, const storage::Content& content, const Damaged& damaged) {
    if (content.bytes.empty() || !context_.table.keeps()) {
        return;
    }
    const auto& directory = *held.directory;
    for (std::size_t entry = 0; entry < directory.size(); ++entry) {
        if (!directory.is_worth_keeping(entry) || std::find(damaged.begin(), damaged.end(), entry) != damaged.end()) {
            continue;
        }
        const auto span = directory.locate(entry);
        const auto bytes = span ? bytes_of(*span, content) : std::nullopt;
        if (bytes) {
            context_.table.keep_unchecked(held, directory.name_of(entry), *bytes);
        }
    }
}

}  // namespace tapalcatl::source
