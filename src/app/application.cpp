#include "app/application.hpp"

#include "app/second_tier.hpp"
#include "base/clock.hpp"
#include "base/log.hpp"
#include "service/service.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

namespace tapalcatl::app {
namespace {

/// Twice the disk threads. Further reads wait where those that nobody wants any more are dropped.
constexpr std::size_t disk_reads_at_once = 8;

/// A browser that pans asks for the tiles of a view within a millisecond or two, and a read takes tens of milliseconds.
constexpr source::GatherTimes gather_over_network{std::chrono::microseconds(2000), std::chrono::microseconds(300)};

source::Archives::Options archive_options(const Settings& settings, BackgroundWork background) {
    source::Archives::Options options;
    options.read = settings.read;
    options.table.freshness.fresh_for = settings.cache.fresh_for;
    options.table.freshness.stale_for = std::chrono::duration_cast<std::chrono::seconds>(settings.cache.stale_for);
    options.flight_timeout = settings.limits.flight_timeout;
    if (background == BackgroundWork::none) {
        options.table.revalidates_behind = false;
        // A read that outlives its requests is background work.
        options.flight_timeout = std::min(options.flight_timeout, settings.limits.request_timeout);
    }
    options.tile_limit = settings.limits.max_tile_size_bytes;
    return options;
}

std::size_t memory_size(const Settings& settings) {
    const bool keeps = settings.cache.type.type != CacheType::off;
    return keeps ? static_cast<std::size_t>(settings.cache.size_bytes) : 0;
}

service::Options service_options(const Settings& settings) {
    service::Options options;
    const auto& tilejson = settings.tilejson;
    options.info.name = tilejson.name;
    options.info.attribution = tilejson.attribution;
    options.info.bounds = tilejson.bounds;
    options.info.center_longitude = tilejson.center.longitude;
    options.info.center_latitude = tilejson.center.latitude;
    options.info.center_zoom = tilejson.center.zoom;
    options.info.min_zoom = tilejson.min_zoom;
    options.info.max_zoom = tilejson.max_zoom;
    options.max_age = settings.answers.max_age;
    options.shared_max_age = settings.answers.shared_max_age.value_or(std::chrono::seconds(0));
    options.missing_tile_status = settings.answers.missing_tile_status;
    options.tiles_url_base = settings.answers.tiles_url_base;
    options.trusted_proxies = settings.answers.trusted_proxies;
    options.landcover_max_zoom = settings.landcover.max_zoom;
    options.preview = settings.preview.enabled;
    options.preview_api_key = settings.preview.api_key;
    options.max_requests = settings.limits.max_requests;
    options.request_timeout = settings.limits.request_timeout;
    return options;
}

}  // namespace

void UpstreamThread::stop() {
    context_.stop();
    if (thread_.joinable()) {
        thread_.join();
    }
}

Application::Application(const Settings& settings, const EnvironmentVariables& environment,
                         boost::asio::io_context& upstream)
    : settings_(settings),
      memory_(upstream.get_executor(), memory_size(settings)),
      storages_(environment, upstream, memory_.bodies) {}

Application::~Application() = default;

std::shared_ptr<const PageArena> Application::open_arena() {
    if (const auto size = memory_.budget->limit(); size > 0) {
        memory_.arena = PageArena::open(2 * size);
    }
    return memory_.arena;
}

Result<std::unique_ptr<Application>> Application::make(const Settings& settings,
                                                       const EnvironmentVariables& environment,
                                                       boost::asio::io_context& upstream, BackgroundWork background) {
    const auto location = storage_location(settings);
    if (!location) {
        return location.error();
    }
    std::unique_ptr<Application> application(new Application(settings, environment, upstream));
    auto access = storage_access(settings);
    if (background == BackgroundWork::none) {
        access.hedge_after = std::chrono::milliseconds(0);  // the slower of two requests goes on behind the answer
    }
    auto storage = application->storages_.open(*location, access);
    if (!storage) {
        const bool is_folder = std::holds_alternative<FolderLocation>(*location);
        return is_folder ? storage.error().within("TAPALCATL_STORAGE (--storage)") : storage.error();
    }
    auto identity = exact_url_of(*location);
    if (const auto* bucket = std::get_if<BucketLocation>(&*location)) {
        const auto configured = application->storages_.aws(access.credentials);
        // Other S3-compatible stores may have a bucket of the same name.
        identity += configured && !configured->endpoints.s3_url.empty() ? " at " + configured->endpoints.s3_url : "";
        const auto address = configured ? bucket_address(*bucket, access.addressing, *configured) : configured.error();
        const auto warning = address ? endpoint_warning(*address) : std::nullopt;
        if (warning) {
            log::warning("{}", *warning);
        }
    }
    auto tiered =
        add_second_tier(std::move(*storage), std::move(identity), settings, environment, upstream, background);
    if (!tiered) {
        return tiered.error();
    }
    application->storage_ = std::move(tiered->storage);
    application->tier_name_ = std::move(tiered->tier);
    auto options = archive_options(settings, background);
    if (std::holds_alternative<FolderLocation>(*location)) {
        options.reads_at_once = disk_reads_at_once;
    } else {
        options.reads_at_once = static_cast<std::size_t>(access.connections);
        options.gather = gather_over_network;
    }
    application->archives_.emplace(*application->storage_, application->memory_, upstream.get_executor(),
                                   system_clock(), options);
    application->tiles_.emplace(*application->archives_, settings.metatiles, settings.keys);
    if (settings.landcover.enabled) {
        application->landcover_.emplace(*application->archives_, settings.landcover.scheme, settings.keys);
    }
    return application;
}

Awaitable<bool> Application::settle(SteadyTime deadline) {
    return tiles_->settle(deadline);
}

service::Handler& Application::handler() {
    if (handler_ == nullptr) {
        const service::TileSources sources{*tiles_, landcover()};
        handler_ = std::make_unique<service::Service>(sources, system_clock(), service_options(settings_));
    }
    return *handler_;
}

}  // namespace tapalcatl::app
