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

Result<TieredStorage> add_second_tier(std::unique_ptr<storage::Storage> storage, std::string identity,
                                      const Settings& settings, const EnvironmentVariables& environment,
                                      boost::asio::io_context& context, BackgroundWork background) {
    const auto& cache = settings.cache;
    std::unique_ptr<cache::Tier> tier;
    if (cache.type.type == CacheType::filesystem) {
        tier = file_tier(cache, context);
    } else if (cache.type.type == CacheType::redis) {
        auto made = redis_tier(cache, environment, context);
        if (!made) {
            return made.error();
        }
        tier = std::move(*made);
    }
    if (tier == nullptr) {
        return TieredStorage{std::move(storage), {}};
    }
    cache::TieredOptions options;
    options.prefix = cache.key_prefix;
    options.storage_name = std::move(identity);
    options.fresh_for = cache.fresh_for;
    options.budget = cache.wait;
    options.writes_behind = background == BackgroundWork::allowed;
    auto name = tier->name();
    return TieredStorage{cache::make_tiered_storage(std::move(storage), std::move(tier), std::move(options),
                                                    context.get_executor(), system_clock()),
                         std::move(name)};
}

}  // namespace tapalcatl::app
