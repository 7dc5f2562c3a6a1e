#include "cli/stack.hpp"

namespace tapalcatl::cli {
namespace {

source::Archives::Options options_of(const Settings& settings) {
    source::Archives::Options options;
    options.read = settings.read;
    options.cache_size = static_cast<std::size_t>(settings.cache.size_bytes);
    options.fresh_for = settings.cache.fresh_for;
    options.stale_for = std::chrono::duration_cast<std::chrono::seconds>(settings.cache.stale_for);
    options.flight_timeout = settings.limits.flight_timeout;
    options.tile_limit = settings.limits.max_tile_size_bytes;
    return options;
}

}  // namespace

Result<std::unique_ptr<Stack>> Stack::make(const Settings& settings, const Environment& environment,
                                           boost::asio::io_context& upstream) {
    const auto location = storage_location(settings);
    if (!location) {
        return location.error();
    }
    std::unique_ptr<Stack> stack(new Stack(settings, environment, upstream));
    auto storage = stack->storages_.open(*location);
    if (!storage) {
        return storage.error();
    }
    stack->storage_ = std::move(*storage);
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

}  // namespace tapalcatl::cli
