#pragma once

#include "base/error.hpp"
#include "settings/configuration.hpp"
#include "settings/settings.hpp"
#include "storage/storage.hpp"

#include <boost/asio/io_context.hpp>

#include <memory>
#include <string>

namespace tapalcatl::cache {
class Tier;
}

namespace tapalcatl::app {

/// Whether work may go on that no request waits for: revalidations, writes to a second tier, hedged requests that lost.
enum class BackgroundWork {
    allowed,
    none,  ///< each request waits for what it causes: for platforms that freeze the process between requests
};

/// Opens the folder or Redis that the settings ask for; null if they ask for none. Sends nothing to it yet.
///
/// Fails: usage for an invalid Redis URL. Lifetime: the context outlives the tier.
Result<std::shared_ptr<cache::Tier>> open_second_tier(const Settings& settings, const EnvironmentVariables& environment,
                                                      boost::asio::io_context& context);

/// Puts `tier` in front of `storage`. `identity` distinguishes the storage from all others whose reads are kept in the
/// same folder or Redis. Requires: the tier is not null. Lifetime: the context outlives the result.
std::unique_ptr<storage::Storage> put_in_front(std::shared_ptr<cache::Tier> tier,
                                               std::unique_ptr<storage::Storage> storage, std::string identity,
                                               const Settings& settings, boost::asio::io_context& context,
                                               BackgroundWork background);

}  // namespace tapalcatl::app
