#include "source/archive_table.hpp"

#include "base/log.hpp"

#include <algorithm>
#include <utility>

namespace tapalcatl::source {

bool ArchiveTable::is_missing(std::string_view key) const {
    const auto found = std::static_pointer_cast<const Missing>(memory_.missing.find(names_.directory(key)));
    return found != nullptr && elapsed(found->since, Moment::now(clock_)) < options_.missing_for;
}

ArchiveTable::Standing ArchiveTable::standing_of(const ArchiveState& state, const Moment& now, const Options& options) {
    if (state.is_retired()) {
        return {};
    }
    const bool is_failing = state.is_failing();
    const auto age = age_of(elapsed(state.validated_at(), now), is_failing, options.freshness);
    const bool is_past = age == Age::past;
    const bool needs_a_check = is_past && now.steady >= state.retry_at();
    const bool must_wait = age == Age::expired || (needs_a_check && !options.revalidates_behind);
    return {!must_wait, is_past && is_failing, needs_a_check && !must_wait};
}

std::shared_ptr<ArchiveState> ArchiveTable::state(const std::string& key) {
    const auto found = states_.find(key);
    if (found == states_.end()) {
        return nullptr;
    }
    auto state = found->second.lock();
    return state != nullptr && !state->is_retired() ? state : nullptr;
}

std::shared_ptr<const HeldDirectory> ArchiveTable::directory(const std::string& key) const {
    auto held = as_directory(memory_.cache.peek(names_.directory(key)));
    return held != nullptr && !held->archive->is_retired() ? held : nullptr;
}

std::shared_ptr<const HeldDirectory> ArchiveTable::install(const std::string& key, const OpenedArchive& opened) {
    const auto read_at = Moment::now(clock_).before(opened.age);
    auto current = state(key);
    if (current == nullptr || current->version() != opened.version) {
        if (current != nullptr) {
            current->retire();
            count(counters_->replaced);
        }
        current = std::make_shared<ArchiveState>(key, opened.version, read_at, options_.freshness.fresh_for, counters_);
        states_[key] = current;
        sweep();
    }
    current->renew(read_at);
    auto held = std::make_shared<const HeldDirectory>(current, opened.directory, memory_.budget);
    memory_.cache.insert(names_.directory(key), held);
    memory_.missing.erase(names_.directory(key));
    return held;
}

void ArchiveTable::renew(ArchiveState& state, std::chrono::seconds age) {
    state.renew(Moment::now(clock_).before(age));
}

void ArchiveTable::forget(const std::string& key) {
    if (const auto known = state(key)) {
        known->retire();
    }
    memory_.cache.erase(names_.directory(key));
    memory_.missing.insert(names_.directory(key),
                           std::make_shared<const Missing>(Moment::now(clock_), memory_.missing_budget));
}

void ArchiveTable::failed(ArchiveState& state, const Error& error) {
    const auto now = Moment::now(clock_);
    const auto retry_at = now.steady + options_.retry_after;
    const auto age = age_of(elapsed(state.validated_at(), now), state.is_failing(), options_.freshness);
    // A failure makes nothing stale that is fresh, and reads that were not started say nothing of the storage.
    if (age == Age::fresh || error.code == Errc::overloaded) {
        state.retry_after(retry_at);
        return;
    }
    if (!state.is_failing()) {
        log::limited(log::Level::warning, "revalidation", "{}: revalidation failed, serving what is held: {}",
                     *state.key(), error.message);
    }
    state.fail_until(retry_at);
}

std::shared_ptr<const Block> ArchiveTable::keep(const HeldDirectory& of, std::string_view entry, TileContent content) {
    auto block = std::make_shared<const Block>(of.archive, std::move(content), memory_.budget, memory_.arena);
    if (!of.archive->is_retired()) {
        memory_.cache.insert(names_.block(*of.archive->key(), entry), block);
    }
    return block;
}

void ArchiveTable::keep_unchecked(const HeldDirectory& of, std::string_view entry, Bytes bytes) {
    const auto name = names_.block(*of.archive->key(), entry);
    const auto there = memory_.cache.peek(name);
    if (of.archive->is_retired() || (there != nullptr && there->archive == of.archive)) {
        return;
    }
    std::vector<std::byte> copy(bytes.begin(), bytes.end());
    memory_.cache.insert(name, std::make_shared<const Block>(of.archive, std::move(copy), memory_.budget));
}

void ArchiveTable::sweep() {
    if (states_.size() < states_to_sweep_) {
        return;
    }
    std::erase_if(states_, [](const auto& state) { return state.second.expired(); });
    states_to_sweep_ = std::max<std::size_t>(1024, 2 * states_.size());
}

}  // namespace tapalcatl::source
