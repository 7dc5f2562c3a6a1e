#pragma once

#include "source/archives.hpp"
#include "source/ranges.hpp"

#include <algorithm>
#include <cstddef>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

/// What Archives keeps of reads that are under way. Lives on the upstream executor.
namespace tapalcatl::source {

/// All that is wanted of one archive at a time. Lives on the upstream executor.
struct Archives::Flight {
    std::string key;
    std::unordered_map<std::string, std::vector<Waiter>> wanted;  ///< by entry
    bool revalidates = false;

    /// Whether nobody wants anything of it any more.
    bool is_abandoned() const {
        return !revalidates && std::all_of(wanted.begin(), wanted.end(), [](const auto& of) {
            return std::all_of(of.second.begin(), of.second.end(),
                               [](const Waiter& waiter) { return waiter.is_abandoned(); });
        });
    }

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

        bool is_abandoned() const {
            return std::all_of(waiters.begin(), waiters.end(),
                               [](const Waiter& waiter) { return waiter.is_abandoned(); });
        }
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

}  // namespace tapalcatl::source
