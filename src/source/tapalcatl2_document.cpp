#include "source/tapalcatl2_document.hpp"

#include "base/log.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>

#include <exception>
#include <utility>

namespace tapalcatl::source {

namespace asio = boost::asio;

namespace {

/// One byte more than a good document has: a longer one is seen, and never read whole.
const storage::Range whole_document = storage::Suffix{max_meta_size + 1};

/// The archive of the first tile of the tileset, which a probe reads. It need not exist.
std::string probed_archive(const LoadedTileset& tileset) {
    const auto zoom = tileset.meta.scheme.materialized_zooms.front();
    return tileset.keys.name(TileId{zoom, 0, 0});
}

}  // namespace

LoadedTileset::LoadedTileset(Tapalcatl2Meta what, std::shared_ptr<Archives> in, std::shared_ptr<ArchiveState> of)
    : meta(std::move(what)),
      description(std::make_shared<const TilesetDescription>(meta.description)),
      box(meta.description.bounds),
      keys(meta.archives.keys),
      archives(std::move(in)),
      state(std::move(of)) {}

Tapalcatl2Document::Tapalcatl2Document(std::shared_ptr<Archives> beside, std::string key, std::string url,
                                       OpenArchives open)
    : beside_(std::move(beside)),
      key_(std::move(key)),
      url_(std::move(url)),
      name_(beside_->storage().name()),
      open_(std::move(open)),
      work_(beside_->upstream()) {
    name_.append(name_.ends_with('/') ? "" : "/").append(key_);
}

std::shared_ptr<const LoadedTileset> Tapalcatl2Document::held() const {
    const std::scoped_lock lock(mutex_);
    return tileset_;
}

std::optional<Result<Tapalcatl2Document::Current>> Tapalcatl2Document::find() {
    const auto now = Moment::now(beside_->clock());
    std::shared_ptr<const LoadedTileset> tileset;
    std::optional<Error> error;
    {
        const std::scoped_lock lock(mutex_);
        tileset = tileset_;
        if (error_ && now.steady < retry_at_) {
            error = error_;
        }
    }
    if (tileset != nullptr) {
        auto& state = *tileset->state;
        const auto standing = ArchiveTable::standing_of(state, now, beside_->options().table);
        if (standing.needs_a_check && state.begin_check()) {
            asio::post(beside_->upstream(), [self = shared_from_this()] { self->start(); });
        }
        if (standing.may_be_served) {
            return Result<Current>(Current{std::move(tileset), standing.is_stale});
        }
    }
    if (error) {
        return Result<Current>(std::move(*error));
    }
    return std::nullopt;
}

Awaitable<Result<Tapalcatl2Document::Current>> Tapalcatl2Document::read(SteadyTime deadline) {
    const auto executor = co_await asio::this_coro::executor;
    Answer answer(executor);
    asio::post(beside_->upstream(), [self = shared_from_this(), answer] { self->join(answer); });
    auto current = co_await answer.wait(deadline);
    if (!current) {
        co_return fail(Errc::timeout, "{}: the storage did not answer in time", name_);
    }
    co_return std::move(*current);
}

void Tapalcatl2Document::join(const Answer& answer) {
    if (const auto known = find()) {
        answer.put(*known);
        return;
    }
    waiting_.push_back(answer);
    start();
}

void Tapalcatl2Document::start() {
    if (is_loading_) {
        return;
    }
    is_loading_ = true;
    asio::co_spawn(beside_->upstream(), load(), [self = shared_from_this()](std::exception_ptr crash) {
        if (crash) {
            self->failed(fail(Errc::unavailable, "out of memory"));
            self->finish();
        }
    });
}

Awaitable<void> Tapalcatl2Document::load() {
    const auto work = work_.begin();
    const auto known = held();
    storage::Condition condition;
    if (known != nullptr) {
        condition = storage::IfNoneMatch{known->state->version()};
    }
    const auto deadline = std::chrono::steady_clock::now() + beside_->options().flight_timeout;
    auto content = co_await beside_->storage().read(key_, whole_document, condition, deadline);
    if (!content) {
        failed(content.error());
    } else if (const auto taken = take(*content); !taken) {
        failed(taken.error());
    }
    if (known != nullptr) {
        known->state->end_check();
    }
    finish();
}

Result<void> Tapalcatl2Document::take(const storage::Content& content) {
    const auto known = held();
    if (content.not_modified && known != nullptr) {
        known->state->renew(Moment::now(beside_->clock()).before(content.time_since_validation));
        succeeded(known);
        return {};
    }
    const auto tileset = loaded(content);
    if (!tileset) {
        beside_->storage().invalidate(key_);
        return tileset.error();
    }
    if (known != nullptr) {
        known->state->retire();
        log::info("{}: taken anew", name_);
    }
    succeeded(*tileset);
    return {};
}

Result<std::shared_ptr<const LoadedTileset>> Tapalcatl2Document::loaded(const storage::Content& content) {
    if (content.version.size > max_meta_size) {
        return fail(Errc::too_large, "{} bytes, over the limit of {}", content.version.size, max_meta_size);
    }
    auto meta = parse_tapalcatl2_meta(as_text(content.bytes.view()), url_);
    if (!meta) {
        return meta.error();
    }
    auto archives = beside_;
    if (!meta->archives.folder.empty()) {
        const auto opened = open_(meta->archives.folder);
        if (!opened) {
            return opened.error().within("source");
        }
        archives = *opened;
    }
    auto state = std::make_shared<ArchiveState>(key_, content.version,
                                                Moment::now(beside_->clock()).before(content.time_since_validation),
                                                beside_->options().table.freshness.fresh_for, counters_);
    return std::make_shared<const LoadedTileset>(std::move(*meta), std::move(archives), std::move(state));
}

void Tapalcatl2Document::succeeded(const std::shared_ptr<const LoadedTileset>& tileset) {
    {
        const std::scoped_lock lock(mutex_);
        tileset_ = tileset;
        error_.reset();
    }
    if (!logged_.empty()) {
        log::info("{}: good again", name_);
        logged_.clear();
    }
}

void Tapalcatl2Document::failed(const Error& reason) {
    auto error = as_failure(reason);
    const auto now = Moment::now(beside_->clock());
    const auto& options = beside_->options().table;
    const auto retry_at = now.steady + options.retry_after;
    auto known = held();
    if (known != nullptr && reason.code == Errc::not_found) {
        known->state->retire();
        known = nullptr;
    }
    bool is_served = false;
    if (known != nullptr) {
        auto& state = *known->state;
        const auto age = age_of(elapsed(state.validated_at(), now), state.is_failing(), options.freshness);
        if (age == Age::fresh || error.code == Errc::overloaded) {
            state.retry_after(retry_at);
        } else {
            state.fail_until(retry_at);
        }
        is_served = ArchiveTable::standing_of(state, now, options).may_be_served;
    }
    if (logged_ != error.message) {
        log::warning("{}{}", error.message, is_served ? "; the last good one is used" : "");
        logged_ = error.message;
    }
    const std::scoped_lock lock(mutex_);
    tileset_ = known;
    error_ = std::move(error);
    retry_at_ = retry_at;
}

/// What a client must not take for a missing tile is a failure of the tileset.
Error Tapalcatl2Document::as_failure(const Error& error) const {
    if (error.code == Errc::not_found || error.code == Errc::no_tile) {
        return fail(Errc::unavailable, "{}: no such document", name_);
    }
    return error.within(name_);
}

void Tapalcatl2Document::finish() {
    is_loading_ = false;
    const auto waiting = std::exchange(waiting_, {});
    if (waiting.empty()) {
        return;
    }
    auto outcome = find();
    if (!outcome) {
        // What was read is past its freshness already, or the failure was long ago by a clock that was set.
        const std::scoped_lock lock(mutex_);
        outcome = error_ || tileset_ == nullptr
                      ? Result<Current>(error_.value_or(fail(Errc::unavailable, "{}: nothing was read", name_)))
                      : Result<Current>(Current{tileset_, false});
    }
    for (const auto& answer : waiting) {
        answer.put(*outcome);
    }
}

Awaitable<Result<void>> Tapalcatl2Document::probe(SteadyTime deadline) {
    const auto executor = co_await asio::this_coro::executor;
    Handoff<Result<void>> handoff(executor);
    auto ask = [](std::shared_ptr<Tapalcatl2Document> self, SteadyTime until,
                  Handoff<Result<void>> to) -> Awaitable<void> {
        const auto answer = co_await self->ask_storage(until);
        to.put(answer);
    };
    asio::co_spawn(beside_->upstream(), ask(shared_from_this(), deadline, handoff), asio::detached);
    const auto answer = co_await handoff.wait(deadline);
    if (!answer) {
        co_return fail(Errc::timeout, "{}: the storage did not answer in time", name_);
    }
    co_return *answer;
}

Awaitable<Result<void>> Tapalcatl2Document::ask_storage(SteadyTime deadline) {
    const storage::Condition always;
    const auto content = co_await beside_->storage().origin().read(key_, whole_document, always, deadline);
    if (!content) {
        co_return as_failure(content.error());
    }
    const auto tileset = loaded(*content);
    if (!tileset) {
        co_return as_failure(tileset.error());
    }
    const auto archive = probed_archive(**tileset);
    const auto version = co_await (*tileset)->archives->probe(archive, deadline);
    if (!version && version.error().code != Errc::not_found) {
        co_return version.error();
    }
    co_return Result<void>();
}

Awaitable<bool> Tapalcatl2Document::settle(SteadyTime deadline) {
    const auto executor = co_await asio::this_coro::executor;
    Handoff<bool> handoff(executor);
    auto wait = [](std::shared_ptr<Tapalcatl2Document> self, SteadyTime until, Handoff<bool> to) -> Awaitable<void> {
        const bool is_idle = co_await self->work_.wait_until_idle(until);
        to.put(is_idle);
    };
    asio::co_spawn(beside_->upstream(), wait(shared_from_this(), deadline, handoff), asio::detached);
    const auto is_loaded = co_await handoff.wait(deadline);
    bool is_settled = co_await beside_->settle(deadline);
    const auto tileset = held();
    if (tileset != nullptr && tileset->archives != beside_) {
        const bool is_other_settled = co_await tileset->archives->settle(deadline);
        is_settled = is_settled && is_other_settled;
    }
    co_return (is_loaded.value_or(false) && is_settled);
}

}  // namespace tapalcatl::source
