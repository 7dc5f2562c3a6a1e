#include "app/storage_factory.hpp"

#include "base/clock.hpp"
#include "base/environment.hpp"
#include "base/text.hpp"
#include "credentials/cached_provider.hpp"
#include "credentials/imds.hpp"
#include "net/client.hpp"
#include "settings/location.hpp"
#include "storage/file.hpp"
#include "storage/https.hpp"
#include "storage/s3.hpp"
#include "storage/settled_storage.hpp"

#include <algorithm>
#include <filesystem>
#include <utility>

namespace tapalcatl::app {
namespace {

/// Hedges and probes go over connections of their own, beside those of all reads at once.
constexpr std::size_t connections_beside_reads = 10;

}  // namespace

StorageFactory::StorageFactory(const Settings& settings, EnvironmentVariables environment,
                               boost::asio::io_context& context, std::shared_ptr<BodyMemory> body_memory)
    : settings_(settings),
      environment_(std::move(environment)),
      context_(context),
      body_memory_(std::move(body_memory)) {}

StorageFactory::~StorageFactory() = default;

Result<std::unique_ptr<storage::Storage>> StorageFactory::open(const Location& location) {
    auto plain = open_plain(location);
    if (!plain) {
        return plain.error();
    }
    storage::SettledOptions options;
    options.archive_limit = settings_.read.archive_limit;
    options.budget = body_memory_ != nullptr ? body_memory_->budget() : nullptr;
    return storage::make_settled_storage(std::move(*plain), options, context_.get_executor(), system_clock());
}

Result<std::unique_ptr<storage::Storage>> StorageFactory::open_plain(const Location& location) {
    if (const auto* folder = std::get_if<FolderLocation>(&location)) {
        return open_folder(*folder);
    }
    if (const auto* bucket = std::get_if<BucketLocation>(&location)) {
        return open_bucket(*bucket);
    }
    return open_web(std::get<WebLocation>(location));
}

Result<std::unique_ptr<storage::Storage>> StorageFactory::open_folder(const FolderLocation& folder) {
    std::error_code error;
    if (!std::filesystem::is_directory(folder.path, error)) {
        return fail(Errc::usage, "storage {}: {}", file_url(folder.path), error ? error.message() : "not a folder");
    }
    return storage::make_file_storage(folder.path, context_.get_executor());
}

Result<std::unique_ptr<storage::Storage>> StorageFactory::open_bucket(const BucketLocation& bucket) {
    const auto configured = aws();
    if (!configured) {
        return configured.error();
    }
    const auto http = client();
    if (!http) {
        return http.error();
    }
    const auto provider = credentials();
    if (!provider) {
        return provider.error();
    }
    auto address = address_of(bucket, *configured);
    if (!address) {
        return address.error();
    }
    storage::S3Options options;
    options.address = std::move(*address);
    if (const auto* instance = std::get_if<credentials::InstanceMetadata>(&configured->provider.kind);
        instance != nullptr && configured->endpoints.region.empty() && configured->endpoints.s3_url.empty()) {
        options.find_region = [config = *instance, to = *http](SteadyTime deadline) {
            return credentials::metadata_region(config, *to, system_clock(), deadline);
        };
    }
    options.prefix = bucket.prefix;
    options.requester_pays = settings_.access.requester_pays;
    options.missing_on_403 = settings_.access.missing_on_403;
    options.http = http_storage_options();
    return storage::make_s3_storage(std::move(options), **http, **provider, context_.get_executor(), system_clock());
}

Result<std::unique_ptr<storage::Storage>> StorageFactory::open_web(const WebLocation& web) {
    const auto http = client();
    if (!http) {
        return http.error();
    }
    storage::HttpsOptions options;
    options.base = web.url;
    options.missing_on_403 = settings_.access.missing_on_403;
    options.http = http_storage_options();
    return storage::make_https_storage(std::move(options), **http, context_.get_executor());
}

storage::HttpStorageOptions StorageFactory::http_storage_options() const {
    storage::HttpStorageOptions options;
    options.hedge_after = settings_.access.hedge_after;
    options.body_memory = body_memory_;
    options.whole_limit = std::max(options.whole_limit, settings_.read.archive_limit);
    return options;
}

Result<StorageFactory::Aws> StorageFactory::aws() const {
    const auto environment = system_environment(environment_);
    const auto profiles = credentials::load_profiles(environment);
    if (!profiles) {
        return profiles.error();
    }
    const auto profile = credentials::chosen_profile(*profiles, credentials::profile_name(environment));
    if (!profile) {
        return profile.error();
    }
    credentials::ChainOptions options;
    options.anonymous = settings_.access.anonymous;
    options.role_arn = settings_.access.role_arn;
    const auto provider = credentials::resolve_chain(environment, *profiles, options);
    if (!provider) {
        return provider.error();
    }
    const auto endpoints = credentials::service_endpoints(environment, *profile);
    if (!endpoints) {
        return endpoints.error();
    }
    return Aws{*profile, *provider, *endpoints};
}

Result<aws::BucketAddress> StorageFactory::address_of(const BucketLocation& bucket, const Aws& configured) const {
    aws::BucketAddress address;
    address.bucket = bucket.bucket;
    address.region = configured.endpoints.region;
    address.endpoint_url = configured.endpoints.s3_url;
    address.variant = configured.endpoints.variant;
    address.accelerate = configured.endpoints.accelerate;
    address.addressing = settings_.access.addressing;
    if (address.addressing == aws::Addressing::automatic) {
        const auto style = aws::parse_addressing(configured.profile.s3_addressing_style);
        if (!style) {
            return style.error().within(fmt::format("profile {}", configured.profile.name));
        }
        address.addressing = *style;
    }
    return address;
}

Result<net::Client*> StorageFactory::client() {
    if (client_ == nullptr) {
        // The variable goes before the profile, which is where a bundle may be named, too.
        const auto environment = system_environment(environment_);
        auto ca_file = environment.setting("AWS_CA_BUNDLE").value_or("");
        if (ca_file.empty()) {
            const auto profiles = credentials::load_profiles(environment);
            const auto profile = profiles
                                     ? credentials::chosen_profile(*profiles, credentials::profile_name(environment))
                                     : profiles.error();
            ca_file = profile ? profile->ca_bundle : "";
        }
        auto options = net::client_options(environment_, credentials::expand_home(environment, ca_file));
        if (!options) {
            return options.error();
        }
        options->pool.per_origin = static_cast<std::size_t>(settings_.access.connections) + connections_beside_reads;
        client_ = std::make_unique<net::Client>(context_.get_executor(), system_clock(), std::move(*options));
    }
    return client_.get();
}

Result<credentials::CachedProvider*> StorageFactory::credentials() {
    if (credentials_ == nullptr) {
        auto configured = aws();
        if (!configured) {
            return configured.error();
        }
        const auto http = client();
        if (!http) {
            return http.error();
        }
        credentials_ = std::make_unique<credentials::CachedProvider>(
            std::move(configured->provider), system_environment(environment_), configured->endpoints, **http,
            context_.get_executor(), system_clock());
    }
    return credentials_.get();
}

}  // namespace tapalcatl::app
