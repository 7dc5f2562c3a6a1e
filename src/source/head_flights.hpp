#pragma once

#include "base/awaitable.hpp"
#include "source/container_format.hpp"
#include "source/flight_context.hpp"
#include "source/wanted.hpp"

#include <functional>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

namespace tapalcatl::source {

/// Reads the directories of archives: one read at a time for each archive, however many need it (singleflight). A
/// revalidation is such a read that nobody waits for; who has something that may be served does not come here.
///
/// Used on the upstream executor. Lifetime: outlives the coroutines that it starts.
class HeadFlights {
 public:
    /// What a read brought.
    struct Landing {
        std::string key;
        std::vector<Wanted> wanted;
        /// The directory that may be served now; null: what was asked for is unchanged, and must be looked for again.
        /// After a failure it is one that is past its freshness.
        Result<std::shared_ptr<const HeldDirectory>> held;
        std::vector<storage::Content> pieces;  ///< what was read of it
    };
    using Landed = std::function<void(Landing)>;

    /// `landed` must not throw.
    HeadFlights(FlightContext context, std::shared_ptr<const ContainerFormat> format, Landed landed)
        : context_(std::move(context)), format_(std::move(format)), landed_(std::move(landed)) {}

    /// Joins the read of the archive's directory, or starts it.
    void join(Wanted wanted);

    /// Asks the storage whether it still has the version of `archive`, unless the directory is being read anyway.
    void revalidate(const std::shared_ptr<ArchiveState>& archive);

 private:
    struct Flight;

    std::shared_ptr<Flight> flight_of(const std::string& key);
    void leave(const Flight& flight);
    Awaitable<void> fly(std::shared_ptr<Flight> flight);
    Awaitable<void> bring(std::shared_ptr<Flight> flight, Landing* landing);
    Awaitable<Result<OpenedArchive>> open(std::shared_ptr<Flight> flight, storage::Condition condition,
                                          SteadyTime deadline);

    FlightContext context_;
    std::shared_ptr<const ContainerFormat> format_;
    Landed landed_;
    std::unordered_map<std::string, std::shared_ptr<Flight>> flights_;
};

}  // namespace tapalcatl::source
