#include "app/application.hpp"

#include "app/second_tier.hpp"

namespace tapalcatl::app {
namespace {

source::Archives::Options options_of(const Settings& settings) {
    source::Archives::Options options;
    options.read = settings.read;
    const bool keeps = settings.cache.type.type != CacheType::off;
    options.cache_size = keeps ? static_cast<std::size_t>(settings.cache.size_bytes) : 0;
    options.fresh_for = settings.cache.fresh_for;
    options.stale_for = std::chrono::duration_cast<std::chrono::seconds>(settings.cache.stale_for);
    options.flight_timeout = settings.limits.flight_timeout;
    options.tile_limit = settings.limits.max_tile_size_bytes;
    return options;
}

}  // namespace

Result<std::unique_ptr<Application>> Application::make(const Settings& settings, const EnvironmentVariables& environment,
                                                       boost::asio::io_context& upstream) {
    const auto location = storage_location(settings);
    if (!location) {
        return location.error();
    }
    std::unique_ptr<Application> stack(new Application(settings, environment, upstream));
    auto storage = stack->storages_.open(*location);
    if (!storage) {
        return storage.error();
    }
    auto identity = (*storage)->name();
    if (std::holds_alternative<BucketLocation>(*location)) {
        // Stores of others may have buckets of the same name.
        const auto configured = stack->storages_.aws();
        identity += configured && !configured->endpoint_url.empty() ? " at " + configured->endpoint_url : "";
    }
    auto tiered = with_second_tier(std::move(*storage), std::move(identity), settings, environment, upstream);
    if (!tiered) {
        return tiered.error();
    }
    stack->storage_ = std::move(tiered->storage);
    stack->tier_name_ = std::move(tiered->tier);
    auto options = options_of(settings);
    if (!std::holds_alternative<FolderLocation>(*location)) {
        options.reads_at_once = static_cast<std::size_t>(settings.access.connections);
    }
    stack->archives_.emplace(*stack->storage_, upstream.get_executor(), system_clock(), options);
    stack->tiles_.emplace(*stack->archives_, settings.metatiles, settings.keys);
    if (settings.landcover.enabled) {
        stack->landcover_.emplace(*stack->archives_, settings.landcover.scheme, settings.keys);
    }
    return stack;
}

}  // namespace tapalcatl::app
