#pragma once

#include "app/second_tier.hpp"
#include "app/storage_factory.hpp"
#include "base/awaitable.hpp"
#include "base/clock.hpp"
#include "settings/configuration.hpp"
#include "settings/settings.hpp"
#include "source/archives.hpp"
#include "source/memory.hpp"
#include "source/metatile_source.hpp"
#include "source/tapalcatl2_source.hpp"
#include "storage/storage.hpp"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>

#include <memory>
#include <optional>
#include <string>
#include <thread>

namespace tapalcatl::service {
class Handler;
}

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

/// Everything between a request and the storage, put together as the settings say: storage, second tier, archives,
/// tile sources and service. Every front end starts from here.
///
/// Storage is read in the context `upstream`. The owner of the Application runs that context, in a thread (see
/// UpstreamThread) or with run_until_done(), and stops it before the Application is destroyed.
/// Lifetime: `settings` and `upstream` outlive it.
class Application {
 public:
    /// Sends nothing to the storage yet. Fails: as storage_location(), StorageFactory::open() and add_second_tier().
    static Result<std::unique_ptr<Application>> make(const Settings& settings, const EnvironmentVariables& environment,
                                                     boost::asio::io_context& upstream,
                                                     BackgroundWork background = BackgroundWork::allowed);
    ~Application();

    Application(const Application&) = delete;
    Application& operator=(const Application&) = delete;

    /// The service, which a front end passes requests to. It is made by the first call.
    service::Handler& handler();

    /// For a front end that sends from it: opens an arena, in which the bodies of larger tiles lie from now on. Null
    /// where the system has no such thing, or nothing is kept. Requires: no tile has been read.
    std::shared_ptr<const PageArena> open_arena();

    /// Waits until all work that is under way has ended, background work included. False if some of it goes on at
    /// `deadline`. Resumes on the executor of the calling coroutine. Requires: `upstream` runs.
    Awaitable<bool> settle(SteadyTime deadline);

    const source::TileSource& tiles() const { return *tiles_; }
    /// Null if land cover is turned off.
    const source::TileSource* landcover() const { return landcover_ ? &*landcover_ : nullptr; }
    const storage::Storage& storage() const { return *storage_; }
    const source::Counters& counters() const { return archives_->counters(); }
    /// Name of the second tier, for people; empty if there is none.
    const std::string& tier_name() const { return tier_name_; }

 private:
    Application(const Settings& settings, const EnvironmentVariables& environment, boost::asio::io_context& upstream);

    const Settings& settings_;
    source::Memory memory_;
    StorageFactory storages_;
    std::unique_ptr<storage::Storage> storage_;
    std::string tier_name_;
    std::optional<source::Archives> archives_;
    std::optional<source::MetatileSource> tiles_;
    std::optional<source::Tapalcatl2Source> landcover_;  ///< nullopt: turned off
    std::unique_ptr<service::Handler> handler_;
};

}  // namespace tapalcatl::app
