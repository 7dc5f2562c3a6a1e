#include "app/second_tier.hpp"

#include "base/clock.hpp"
#include "cache/file_tier.hpp"
#include "cache/redis_tier.hpp"
#include "cache/tiered_storage.hpp"
#include "net/tls.hpp"

#include <filesystem>
#include <utility>

namespace tapalcatl::app {
namespace {

std::unique_ptr<cache::Tier> file_tier(const Settings::Cache& cache, boost::asio::io_context& context) {
    cache::FileTierOptions options;
    options.folder = cache.folder;
    options.max_bytes = cache.folder_size_bytes;
    options.max_items = cache.folder_items;
    return cache::make_file_tier(std::move(options), context.get_executor());
}

Result<std::unique_ptr<cache::Tier>> redis_tier(const Settings::Cache& cache, const EnvironmentVariables& environment,
                                                boost::asio::io_context& context) {
    cache::RedisTierOptions options;
    options.url = cache.redis_url.empty() ? std::string(default_redis_url) : cache.redis_url;
    options.ca_file =
        net::find_ca_bundle("", environment, [](const std::string& path) { return std::filesystem::exists(path); });
    auto tier = cache::make_redis_tier(std::move(options), context.get_executor(), system_clock());
    if (!tier) {
        return tier.error().within("CACHE_REDIS_URL (--cache-redis-url)");
    }
    return tier;
}

}  // namespace

Result<std::shared_ptr<cache::Tier>> open_second_tier(const Settings& settings, const EnvironmentVariables& environment,
                                                      boost::asio::io_context& context) {
    if (settings.cache.type.type == CacheType::filesystem) {
        return std::shared_ptr<cache::Tier>(file_tier(settings.cache, context));
    }
    if (settings.cache.type.type == CacheType::redis) {
        auto made = redis_tier(settings.cache, environment, context);
        if (!made) {
            return made.error();
        }
        return std::shared_ptr<cache::Tier>(std::move(*made));
    }
    return std::shared_ptr<cache::Tier>();
}

std::unique_ptr<storage::Storage> put_in_front(std::shared_ptr<cache::Tier> tier,
                                               std::unique_ptr<storage::Storage> storage, std::string identity,
                                               const Settings& settings, boost::asio::io_context& context,
                                               BackgroundWork background) {
    cache::TieredOptions options;
    options.prefix = settings.cache.key_prefix;
    options.storage_name = std::move(identity);
    options.fresh_for = settings.cache.fresh_for;
    options.budget = settings.cache.wait;
    options.writes_behind = background == BackgroundWork::allowed;
    return cache::make_tiered_storage(std::move(storage), std::move(tier), std::move(options), context.get_executor(),
                                      system_clock());
}

}  // namespace tapalcatl::app
