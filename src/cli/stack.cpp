#include "cli/stack.hpp"

#include "storage/file.hpp"

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

Stack::Stack(const Settings& settings, const std::string& folder, boost::asio::io_context& upstream)
    : storage_(storage::make_file_storage(folder, upstream.get_executor())),
      archives_(*storage_, upstream.get_executor(), system_clock(), options_of(settings)),
      tiles_(archives_, settings.metatiles, settings.keys) {}

}  // namespace tapalcatl::cli
