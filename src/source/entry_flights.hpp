#pragma once

#include "base/awaitable.hpp"
#include "source/flight_context.hpp"
#include "source/ranges.hpp"
#include "source/wanted.hpp"

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <unordered_map>
#include <vector>

namespace tapalcatl::source {

/// How long an entry that must be read waits for others that may share its range. 0: for those that are wanted in the
/// same turn of the event loop. An entry whose directory was just read never waits: the others came meanwhile.
struct GatherTimes {
    std::chrono::microseconds beside_reads{0};  ///< while a range of the same archive is being read
    std::chrono::microseconds alone{0};         ///< otherwise
};

/// Brings entries of archives whose directory is there. Each entry of a version is read once, however many want it
/// (singleflight). Entries that are wanted at the same moment and lie near to each other are read in one range; nobody
/// waits for another range than the one with his entry.
///
/// Used on the upstream executor. Lifetime: outlives the coroutines that it starts.
class EntryFlights {
 public:
    /// Called for those whose archive was replaced before their entry was read: its directory must be read again.
    using Replaced = std::function<void(Wanted)>;

    /// `replaced` must not throw.
    EntryFlights(FlightContext context, const ReadPolicy& policy, const GatherTimes& gather, Replaced replaced)
        : context_(std::move(context)), policy_(policy), gather_(gather), replaced_(std::move(replaced)) {}

    /// Answers what is in memory or in `pieces` of the archive, and has the rest read. What else is in `pieces` goes to
    /// the cache.
    void bring(const std::shared_ptr<const HeldDirectory>& held, std::vector<Wanted> wanted,
               std::span<const storage::Content> pieces);

 private:
    struct Located {
        std::size_t entry;
        storage::Span span;
    };
    /// An entry that is being read.
    struct Flight {
        std::shared_ptr<const HeldDirectory> held;
        Located located;
        Wanted wanted;
    };
    struct RangeRead;
    /// All that is being read of one version of an archive.
    struct Archive {
        std::shared_ptr<ArchiveState> state;
        WorkTracker::Work work;
        std::vector<Flight> next;  ///< that wait for others
        std::vector<std::shared_ptr<RangeRead>> reads;
    };
    using Damaged = std::vector<std::size_t>;

    /// Fails: no_tile; as ContainerDirectory::locate(), and counts that.
    Result<Located> locate(const HeldDirectory& held, const Wanted& wanted);
    /// The answer, if no read is needed for it. Adds the entry to `damaged` if its bytes in `pieces` are.
    std::optional<Result<Found>> answer_at_once(const HeldDirectory& held, const Located& located, const Wanted& wanted,
                                                std::span<const storage::Content> pieces, Damaged& damaged);
    void join(const std::shared_ptr<const HeldDirectory>& held, const Located& located, Wanted wanted,
              bool follows_head);
    void start_reads_after(std::chrono::microseconds time, const std::shared_ptr<ArchiveState>& state);
    void start_reads(ArchiveState* state);
    Awaitable<void> run(std::shared_ptr<RangeRead> read);
    Awaitable<Result<storage::Content>> fetch(std::shared_ptr<RangeRead> read);
    void land(RangeRead& read, const Result<storage::Content>& content);
    Result<Found> check(const HeldDirectory& held, std::size_t entry, Bytes bytes);
    Error refused(const HeldDirectory& held, std::size_t entry, const Error& error);
    void keep_others(const HeldDirectory& held, const storage::Content& content, const Damaged& damaged);

    FlightContext context_;
    ReadPolicy policy_;
    GatherTimes gather_;
    Replaced replaced_;
    std::unordered_map<ArchiveState*, Archive> archives_;
};

}  // namespace tapalcatl::source
