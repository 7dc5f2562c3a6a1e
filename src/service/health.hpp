#pragma once

#include "base/awaitable.hpp"
#include "base/clock.hpp"
#include "source/metatile_source.hpp"
#include "web/message.hpp"

#include <chrono>
#include <mutex>
#include <optional>
#include <string>

namespace tapalcatl::service {

/// Whether tiles can be read: tries the metatile of 0/0/0, at most every few seconds. Safe from any thread.
class Health {
 public:
    Health(const source::MetatileSource& tiles, const Clock& clock);

    /// The answer, if the last check is recent enough or another one is under way.
    std::optional<web::Response> cached();

    /// The answer after a check at the storage. 200 `OK` also where there is no such metatile: regional sets lack it.
    Awaitable<web::Response> check();

 private:
    web::Response response_for(const std::string& problem) const;

    const source::MetatileSource& tiles_;
    const Clock& clock_;
    std::string key_;
    std::mutex mutex_;
    std::optional<std::string> problem_;  ///< of the last check; empty if all was well
    SteadyTime cached_until_{};
    bool is_checking_ = false;
};

}  // namespace tapalcatl::service
