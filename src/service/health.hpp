#pragma once

#include "base/awaitable.hpp"
#include "base/clock.hpp"
#include "source/tile_source.hpp"
#include "web/message.hpp"

#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace tapalcatl::service {

/// Checks whether tiles can be read: probes a source of each storage, at most every five seconds. Safe from any thread.
class Health {
 public:
    using Sources = std::vector<std::shared_ptr<const source::TileSource>>;

    explicit Health(const Clock& clock) : clock_(clock) {}

    /// The response, if the last check is recent enough or another one is in progress.
    std::optional<web::Response> cached();

    /// The response after a check of the storages, one after the other. It is 200 `OK` even if the tile that is probed
    /// does not exist: regional sets lack it. It takes a second, and no longer than `latest`.
    Awaitable<web::Response> check(Sources sources, SteadyTime latest = SteadyTime::max());

 private:
    web::Response response_for(const std::string& problem) const;

    const Clock& clock_;
    std::mutex mutex_;
    std::optional<std::string> problem_;  ///< of the last check; empty if it succeeded
    SteadyTime cached_until_{};
    bool is_checking_ = false;
};

}  // namespace tapalcatl::service
