#pragma once

#include "app/storage_factory.hpp"
#include "settings/configuration.hpp"
#include "settings/settings.hpp"
#include "source/archives.hpp"
#include "source/metatile_source.hpp"
#include "source/tapalcatl2_source.hpp"
#include "storage/storage.hpp"

#include <boost/asio/io_context.hpp>

#include <memory>
#include <optional>
#include <string>

namespace tapalcatl::app {

/// Everything between a tile's address and its bytes, put together as the settings say.
///
/// `upstream` is where storage is read; whoever makes a Application runs it, and stops it before the Application goes.
/// Lifetime: `settings` and `upstream` outlive it.
class Application {
 public:
    /// Fails: as storage_location(), StorageFactory::open() and with_second_tier().
    static Result<std::unique_ptr<Application>> make(const Settings& settings, const EnvironmentVariables& environment,
                                                     boost::asio::io_context& upstream);

    Application(const Application&) = delete;
    Application& operator=(const Application&) = delete;

    const source::MetatileSource& tiles() const { return *tiles_; }
    const source::TileSource* landcover() const { return landcover_ ? &*landcover_ : nullptr; }
    const storage::Storage& storage() const { return *storage_; }
    const std::string& tier_name() const { return tier_name_; }  ///< what keeps reads behind the memory; or empty

 private:
    Application(const Settings& settings, const EnvironmentVariables& environment, boost::asio::io_context& upstream)
        : storages_(settings, environment, upstream) {}

    StorageFactory storages_;
    std::unique_ptr<storage::Storage> storage_;
    std::string tier_name_;
    std::optional<source::Archives> archives_;
    std::optional<source::MetatileSource> tiles_;
    std::optional<source::Tapalcatl2Source> landcover_;  ///< unless it is turned off
};

}  // namespace tapalcatl::app
