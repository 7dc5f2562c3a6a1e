#pragma once

#include "base/error.hpp"
#include "settings/configuration.hpp"
#include "settings/settings.hpp"
#include "storage/storage.hpp"

#include <boost/asio/io_context.hpp>

#include <memory>
#include <string>

namespace tapalcatl::app {

/// A storage, and what keeps its reads behind the memory.
struct TieredUp {
    std::unique_ptr<storage::Storage> storage;
    std::string tier;  ///< where, for people; empty if nowhere
};

/// `storage` behind the folder or Redis that the settings ask for; unchanged if they ask for none. Nothing is asked of
/// the tier yet. `identity` tells the storage from all others whose reads are kept in the same place.
///
/// Fails: usage for a Redis URL that is none.
/// Lifetime: the context outlives the storage.
Result<TieredUp> with_second_tier(std::unique_ptr<storage::Storage> storage, std::string identity,
                                  const Settings& settings, const EnvironmentVariables& environment,
                                  boost::asio::io_context& context);

}  // namespace tapalcatl::app
