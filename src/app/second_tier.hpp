#pragma once

#include "base/error.hpp"
#include "settings/configuration.hpp"
#include "settings/settings.hpp"
#include "storage/storage.hpp"

#include <boost/asio/io_context.hpp>

#include <memory>
#include <string>

namespace tapalcatl::app {

/// A storage, with a second tier in front of it where the settings ask for one.
struct TieredStorage {
    std::unique_ptr<storage::Storage> storage;
    std::string tier;  ///< name of the second tier, for people; empty if there is none
};

/// Whether work may go on that no request waits for: revalidations, writes to a second tier, hedged requests that lost.
enum class BackgroundWork {
    allowed,
    none,  ///< each request waits for what it causes: for platforms that freeze the process between requests
};

/// Puts the folder or Redis that the settings ask for in front of `storage`; returns it unchanged if they ask for none.
/// Sends nothing to the tier yet. `identity` distinguishes the storage from all others whose reads are kept in the same
/// folder or Redis.
///
/// Fails: usage for an invalid Redis URL.
/// Lifetime: the context outlives the storage.
Result<TieredStorage> add_second_tier(std::unique_ptr<storage::Storage> storage, std::string identity,
                                      const Settings& settings, const EnvironmentVariables& environment,
                                      boost::asio::io_context& context, BackgroundWork background);

}  // namespace tapalcatl::app
