#include "source/ordered_source.hpp"

#include "base/log.hpp"

#include <algorithm>
#include <chrono>

namespace tapalcatl::source {
namespace {

/// Whether the member said that it lacks the tile. bad_request: it cannot have such a tile, whatever its storage has.
bool says_missing(const Error& error) {
    return error.code == Errc::not_found || error.code == Errc::no_tile || error.code == Errc::bad_request;
}

}  // namespace

/// What the members have answered so far, in their order.
class OrderedSource::Search {
 public:
    explicit Search(const OrderedSource& in) : in_(in) {}

    /// The result of the search, if the answer of this member is the end of it.
    std::optional<Result<Tile>> take(std::size_t member, Result<Tile> answer) {
        const auto& name = in_.members_[member].name;
        if (answer) {
            answer->stored.source = name;
            // An earlier source may get the tile while this one still has it.
            answer->validity = member > 0 ? nullptr : answer->validity;
            if (!failures_.empty()) {
                answer->stale = true;  // the sources that failed may have a newer one
            }
            note_failures(failures_.size());
            return answer;
        }
        const auto& error = answer.error();
        if (says_missing(error)) {
            // Another source can have such a tile: that the request is impossible is not the whole truth.
            if (!missing_ || missing_->code == Errc::bad_request) {
                missing_ = error;
            }
        } else if (in_.on_failure_ == OnFailure::fail) {
            return Result<Tile>(error.within(name));
        } else {
            failures_.push_back(error.within(name));
            failed_last_ = member + 1 == in_.members_.size();
        }
        return std::nullopt;
    }

    /// The result if no member has the tile.
    Result<Tile> missing() const {
        if (failures_.empty()) {
            return *missing_;
        }
        note_failures(failures_.size() - (failed_last_ ? 1 : 0));
        auto failure = failures_.front();
        for (std::size_t i = 1; i < failures_.size(); ++i) {
            failure.message += "; " + failures_[i].message;
        }
        return failure;
    }

 private:
    void note_failures(std::size_t passed_over) const {
        for (std::size_t i = 0; i < passed_over; ++i) {
            count(in_.counters_.passed_over);
            log::limited(log::Level::warning, "source passed over", "a source failed, the next one is asked: {}",
                         failures_[i].message);
        }
    }

    const OrderedSource& in_;
    std::optional<Error> missing_;
    std::vector<Error> failures_;
    bool failed_last_ = false;
};

std::optional<Result<Tile>> OrderedSource::find(const TileRequest& tile) const {
    Search search(*this);
    for (std::size_t i = 0; i < members_.size(); ++i) {
        auto known = members_[i].source->find(tile);
        if (!known) {
            return std::nullopt;
        }
        if (auto result = search.take(i, std::move(*known))) {
            return result;
        }
    }
    return search.missing();
}

Awaitable<Result<Tile>> OrderedSource::read(const TileRequest& tile, SteadyTime deadline) const {
    return read_in_order(tile, {std::string(tile.format), std::string(tile.prefix), std::string(tile.layer)}, deadline);
}

/// `tile` with texts of its own, which are waited with.
Awaitable<Result<Tile>> OrderedSource::read_in_order(TileRequest tile, Texts texts, SteadyTime deadline) const {
    tile.format = texts.format;
    tile.prefix = texts.prefix;
    tile.layer = texts.layer;
    Search search(*this);
    for (std::size_t i = 0; i < members_.size(); ++i) {
        const auto& source = *members_[i].source;
        auto answer = source.find(tile);
        if (!answer) {
            const auto until = deadline_of(i, deadline);
            auto read = co_await source.read(tile, until);
            answer = std::move(read);
        }
        if (auto result = search.take(i, std::move(*answer))) {
            co_return std::move(*result);
        }
    }
    co_return search.missing();
}

SteadyTime OrderedSource::deadline_of(std::size_t member, SteadyTime deadline) const {
    const auto members_left = members_.size() - member;
    const auto now = std::chrono::steady_clock::now();
    if (on_failure_ == OnFailure::fail || deadline <= now) {
        return deadline;
    }
    return now + (deadline - now) / members_left;
}

Awaitable<Result<void>> OrderedSource::probe(SteadyTime deadline) const {
    for (const auto& member : members_) {
        const auto probed = co_await member.source->probe(deadline);
        if (!probed) {
            co_return probed.error().within(member.name);
        }
    }
    co_return Result<void>();
}

Awaitable<bool> OrderedSource::settle(SteadyTime deadline) const {
    bool is_settled = true;
    for (const auto& member : members_) {
        const bool has_ended = co_await member.source->settle(deadline);
        is_settled = is_settled && has_ended;
    }
    co_return is_settled;
}

SourceInfo OrderedSource::info() const {
    std::vector<std::string> storages;
    for (const auto& member : members_) {
        auto storage = member.source->info().storage;
        if (std::find(storages.begin(), storages.end(), storage) == storages.end()) {
            storages.push_back(std::move(storage));
        }
    }
    return {fmt::format("{}", fmt::join(storages, ", ")), members_.front().source->info().format};
}

Awaitable<Result<std::shared_ptr<const TilesetDescription>>> OrderedSource::describe(SteadyTime /*deadline*/) const {
    co_return description_;
}

Result<TilePlace> OrderedSource::locate(const TileRequest& tile) const {
    std::optional<TilePlace> first;
    std::optional<Error> impossible;
    for (const auto& [name, source] : members_) {
        auto place = source->locate(tile);
        if (!place) {
            if (!impossible) {
                impossible = place.error();
            }
            continue;
        }
        place->source = name;
        const auto known = source->find(tile);
        if (!known || *known || !says_missing(known->error())) {
            return place;
        }
        if (!first) {
            first = std::move(*place);
        }
    }
    if (first) {
        return std::move(*first);
    }
    return *impossible;
}

}  // namespace tapalcatl::source
