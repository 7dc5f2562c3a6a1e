#pragma once

#include "base/clock.hpp"
#include "base/error.hpp"
#include "source/archive.hpp"
#include "source/counters.hpp"
#include "source/held.hpp"
#include "source/memory.hpp"

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

namespace tapalcatl::source {

/// What is known of the archives of one storage: the version of each, its directory and entries as far as the cache has
/// them, and which are missing.
///
/// What is const may be called on any thread, all else on the upstream executor.
class ArchiveTable {
 public:
    struct Options {
        FreshnessRules freshness;
        std::chrono::seconds missing_for{30};  ///< a missing archive is not asked for again
        std::chrono::seconds retry_after{5};   ///< between revalidations that fail
        bool revalidates_behind = true;        ///< false: the client waits for each revalidation, none runs by itself
    };

    /// Lifetime: `memory` and `clock` outlive this.
    ArchiveTable(Memory& memory, const Clock& clock, const Options& options, std::shared_ptr<Counters> counters)
        : memory_(memory),
          clock_(clock),
          options_(options),
          counters_(std::move(counters)),
          names_(memory.next_storage()) {}

    // What may be served. Each of these counts as a use.

    /// Null if the cache does not have it; a Block may be unchecked, of a version that is expired or retired.
    std::shared_ptr<const HeldDirectory> use_directory(std::string_view key) const {
        return as_directory(memory_.cache.find(names_.directory(key)));
    }
    std::shared_ptr<const Block> use_block(std::string_view key, std::string_view entry) const {
        return as_block(memory_.cache.find(names_.block(key, entry)));
    }
    bool is_missing(std::string_view key) const;

    struct Standing {
        bool may_be_served = false;
        bool is_stale = false;       ///< past its freshness while the storage fails
        bool needs_a_check = false;  ///< past its freshness, and the storage may be asked again
    };
    Standing standing_of(const ArchiveState& state) const { return standing_of(state, Moment::now(clock_), options_); }
    static Standing standing_of(const ArchiveState& state, const Moment& now, const Options& options);

    // What reads bring, on the upstream executor.

    /// The version of the archive that is not retired; null if nothing is known of it.
    std::shared_ptr<ArchiveState> state(const std::string& key);
    /// The directory of a version that is not retired.
    std::shared_ptr<const HeldDirectory> directory(const std::string& key) const;
    std::shared_ptr<const Block> block(const std::string& key, std::string_view entry) const {
        return as_block(memory_.cache.peek(names_.block(key, entry)));
    }

    /// The storage has this version. Another one that was known is retired.
    std::shared_ptr<const HeldDirectory> install(const std::string& key, const OpenedArchive& opened);
    /// The storage still has the version of `state`, and said so `age` ago.
    void renew(ArchiveState& state, std::chrono::seconds age);
    /// The storage has no such archive.
    void forget(const std::string& key);
    /// The storage failed when it was asked for the version of `state`.
    void failed(ArchiveState& state, const Error& error);

    /// Makes a block of checked content, and caches it unless its version is retired.
    std::shared_ptr<const Block> keep(const HeldDirectory& of, std::string_view entry, TileContent content);
    /// Caches bytes that came along and that nobody asked for, unless there is something already.
    void keep_unchecked(const HeldDirectory& of, std::string_view entry, Bytes bytes);
    void erase(const std::string& key, std::string_view entry) { memory_.cache.erase(names_.block(key, entry)); }

    /// The storage's number in names of the cache.
    std::uint32_t storage_number() const { return names_.storage(); }

    bool keeps() const { return memory_.budget->limit() > 0; }

 private:
    void sweep();

    Memory& memory_;
    const Clock& clock_;
    Options options_;
    std::shared_ptr<Counters> counters_;
    CacheNames names_;
    std::unordered_map<std::string, std::weak_ptr<ArchiveState>> states_;
    std::size_t states_to_sweep_ = 1024;
};

}  // namespace tapalcatl::source
