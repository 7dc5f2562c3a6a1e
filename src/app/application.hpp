#pragma once

#include "app/archive_stores.hpp"
#include "app/second_tier.hpp"
#include "base/awaitable.hpp"
#include "base/clock.hpp"
#include "service/options.hpp"
#include "settings/configuration.hpp"
#include "settings/settings.hpp"
#include "settings/tileset_settings.hpp"
#include "source/tile_source.hpp"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>

#include <memory>
#include <span>
#include <string>
#include <thread>

namespace tapalcatl::service {
class Handler;
class ReplaceableService;
class Service;
class Tilesets;
}  // namespace tapalcatl::service

namespace tapalcatl::app {

/// Runs the context in which storage is read, on a thread of its own.
class UpstreamThread {
 public:
    UpstreamThread() : thread_([this] { context_.run(); }) {}
    UpstreamThread(const UpstreamThread&) = delete;
    UpstreamThread& operator=(const UpstreamThread&) = delete;
    ~UpstreamThread() { stop(); }

    boost::asio::io_context& context() { return context_; }

    /// Stops the context and joins the thread. Reads that are under way are abandoned.
    void stop();

 private:
    boost::asio::io_context context_{1};
    boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_ =
        boost::asio::make_work_guard(context_);
    std::thread thread_;
};

/// Everything between a request and the storages, put together as the settings say: storages, second tiers, archives,
/// tilesets and service. Every front end starts from here.
///
/// Storage is read in the context `upstream`. The owner of the Application runs that context, in a thread (see
/// UpstreamThread) or with run_until_done(), and stops it before the Application is destroyed.
/// Lifetime: `settings` and `upstream` outlive it.
class Application {
 public:
    /// Serves `tilesets`; if there are none, the two of tapalcatl-py from the configured storage. Sends nothing to the
    /// storages yet.
    /// Fails: as storage_location(), ArchiveStores::open() and service::Tilesets::add().
    static Result<std::unique_ptr<Application>> make(const Settings& settings, const EnvironmentVariables& environment,
                                                     boost::asio::io_context& upstream,
                                                     BackgroundWork background = BackgroundWork::allowed,
                                                     std::span<const TilesetSettings> tilesets = {});
    ~Application();

    Application(const Application&) = delete;
    Application& operator=(const Application&) = delete;

    /// The service, which a front end passes requests to. It is made by the first call.
    service::Handler& handler();

    /// Serves `tilesets` from now on, in place of those that it serves; if there are none, the two of tapalcatl-py.
    /// What is held of storages that are still used, in the same way, stays held. Of `settings` those count that
    /// takes_effect_on_reload() names; all else stays as it was at the start.
    ///
    /// Returns what answered requests until now: see service::ReplaceableService::replace(). Called on one thread at a
    /// time. Fails: as make(), and changes nothing then. Requires: handler() was called.
    Result<std::shared_ptr<const service::Service>> reload(const Settings& settings,
                                                           std::span<const TilesetSettings> tilesets);

    /// For a front end that sends from it: opens an arena, in which the bodies of larger tiles lie from now on. Null
    /// where the system has no such thing, or nothing is kept. Requires: no tile has been read.
    std::shared_ptr<const PageArena> open_arena();

    /// Waits until all work that is under way has ended, background work included. False if some of it goes on at
    /// `deadline`. Resumes on the executor of the calling coroutine. Requires: `upstream` runs.
    Awaitable<bool> settle(SteadyTime deadline) { return stores_.settle(deadline); }

    /// The first tileset, which is that of the vector tile routes where those are served. Not while reload() runs.
    const source::TileSource& tiles() const { return *served_.tiles; }
    /// Null if land cover is turned off, and where tilesets were given. Not while reload() runs.
    const source::TileSource* landcover() const { return served_.landcover.get(); }
    /// Of all storages since the start.
    ReadTotals read_totals() const { return stores_.read_totals(); }
    /// How many storages are open.
    std::size_t open_storages() const { return stores_.size(); }
    /// Name of the second tier, for people; empty if there is none.
    std::string tier_name() const { return stores_.tier_name(); }

 private:
    Application(const Settings& settings, const EnvironmentVariables& environment, boost::asio::io_context& upstream,
                BackgroundWork background);

    struct Served {
        std::shared_ptr<service::Tilesets> tilesets;
        std::shared_ptr<const source::TileSource> tiles;
        std::shared_ptr<const source::TileSource> landcover;
    };

    Result<Served> open(const Settings& settings, std::span<const TilesetSettings> tilesets);
    Result<Served> open_drop_in_tilesets(const Settings& settings);
    /// Fails: with a line for each tileset that cannot be opened, and the code of the first of them.
    Result<Served> open_tilesets(std::span<const TilesetSettings> tilesets);
    Result<std::shared_ptr<const source::TileSource>> open_tileset(const TilesetSettings& tileset);
    std::shared_ptr<service::Service> make_service(const Settings& settings) const;

    const Settings& settings_;
    ArchiveStores stores_;
    service::Options limits_;  ///< of which the limits count: all services of the process have the same
    Served served_;
    std::unique_ptr<service::ReplaceableService> handler_;
};

}  // namespace tapalcatl::app
