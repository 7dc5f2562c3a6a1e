#include "app/storage_factory.hpp"

#include "base/clock.hpp"
#include "base/environment.hpp"
#include "base/text.hpp"
#include "base/url.hpp"
#include "credentials/cached_provider.hpp"
#include "credentials/imds.hpp"
#include "net/client.hpp"
#include "settings/location.hpp"
#include "storage/file.hpp"
#include "storage/https.hpp"
#include "storage/s3.hpp"
#include "storage/settled_storage.hpp"

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <system_error>
#include <utility>

#include <sys/stat.h>

namespace tapalcatl::app {
namespace {

/// Hedges and probes go over connections of their own, beside those of all reads at once.
constexpr std::size_t connections_beside_reads = 10;

}  // namespace

StorageFactory::StorageFactory(EnvironmentVariables environment, boost::asio::io_context& context,
                               std::shared_ptr<BodyMemory> body_memory)
    : environment_(std::move(environment)), context_(context), body_memory_(std::move(body_memory)) {}

StorageFactory::~StorageFactory() = default;

Result<std::unique_ptr<storage::Storage>> StorageFactory::open(const Location& location, const StorageAccess& access) {
    auto plain = open_plain(location, access);
    if (!plain) {
        return plain.error();
    }
    storage::SettledOptions options;
    options.archive_limit = access.archive_limit;
    options.budget = body_memory_ != nullptr ? body_memory_->budget() : nullptr;
    return storage::make_settled_storage(std::move(*plain), options, context_.get_executor(), system_clock());
}

Result<std::unique_ptr<storage::Storage>> StorageFactory::open_plain(const Location& location,
                                                                     const StorageAccess& access) {
    if (const auto* folder = std::get_if<FolderLocation>(&location)) {
        return open_folder(*folder);
    }
    if (const auto* bucket = std::get_if<BucketLocation>(&location)) {
        return open_bucket(*bucket, access);
    }
    return open_web(std::get<WebLocation>(location), access);
}

Result<std::unique_ptr<storage::Storage>> StorageFactory::open_folder(const FolderLocation& folder) {
    struct stat status{};
    const bool is_there = ::stat(folder.path.c_str(), &status) == 0;
    if (!is_there || !S_ISDIR(status.st_mode)) {
        return fail(Errc::usage, "storage {}: {}", file_url(folder.path),
                    is_there ? "not a folder" : std::system_category().message(errno));
    }
    auto& threads = disk_threads_[status.st_dev];
    if (threads == nullptr) {
        threads = storage::make_disk_threads();
    }
    return storage::make_file_storage(folder.path, context_.get_executor(), threads);
}

Result<std::unique_ptr<storage::Storage>> StorageFactory::open_bucket(const BucketLocation& bucket,
                                                                      const StorageAccess& access) {
    const auto configured = aws(access.credentials);
    if (!configured) {
        return configured.error();
    }
    const auto http = client();
    if (!http) {
        return http.error();
    }
    const auto provider = credentials(access.credentials);
    if (!provider) {
        return provider.error();
    }
    auto address = bucket_address(bucket, access.addressing, *configured);
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
    options.requester_pays = access.requester_pays;
    options.missing_on_403 = access.missing_on_403;
    options.http = http_storage_options(access, **http);
    return storage::make_s3_storage(std::move(options), **http, **provider, context_.get_executor(), system_clock());
}

Result<std::unique_ptr<storage::Storage>> StorageFactory::open_web(const WebLocation& web,
                                                                   const StorageAccess& access) {
    const auto http = client();
    if (!http) {
        return http.error();
    }
    storage::HttpsOptions options;
    options.base = web.url;
    options.missing_on_403 = access.missing_on_403;
    options.http = http_storage_options(access, **http);
    return storage::make_https_storage(std::move(options), **http, context_.get_executor());
}

storage::HttpStorageOptions StorageFactory::http_storage_options(const StorageAccess& access,
                                                                 net::Client& client) const {
    storage::HttpStorageOptions options;
    options.connections = client.new_group(static_cast<std::size_t>(access.connections) + connections_beside_reads);
    options.hedge_after = access.hedge_after;
    options.body_memory = body_memory_;
    options.whole_limit = std::max(options.whole_limit, access.archive_limit);
    return options;
}

Environment StorageFactory::environment_of(const CredentialAccess& access) const {
    auto variables = environment_;
    if (!access.profile.empty()) {
        variables["AWS_DEFAULT_PROFILE"] = access.profile;
    }
    return system_environment(std::move(variables));
}

Result<StorageFactory::Aws> StorageFactory::aws(const CredentialAccess& access) {
    if (const auto known = aws_.find(access); known != aws_.end()) {
        return known->second;
    }
    auto read = read_aws(access);
    if (read) {
        aws_.emplace(access, *read);
    }
    return read;
}

Result<StorageFactory::Aws> StorageFactory::read_aws(const CredentialAccess& access) const {
    const auto environment = environment_of(access);
    const auto profiles = credentials::load_profiles(environment);
    if (!profiles) {
        return profiles.error();
    }
    const auto profile = access.profile.empty() ? credentials::chosen_profile(environment, *profiles)
                                                : credentials::chosen_profile(*profiles, access.profile);
    if (!profile) {
        return profile.error();
    }
    credentials::ChainOptions options;
    options.anonymous = access.anonymous;
    options.role_arn = access.role_arn;
    options.profile = access.profile;
    const auto provider = credentials::resolve_chain(environment, *profiles, options);
    if (!provider) {
        return provider.error();
    }
    auto endpoints = credentials::service_endpoints(environment, *profile);
    if (!endpoints) {
        return endpoints.error();
    }
    if (!access.region.empty()) {
        endpoints->region = access.region;
        endpoints->origins.region.clear();
    }
    if (!access.endpoint_url.empty()) {
        endpoints->s3_url = access.endpoint_url;
        endpoints->origins.s3.clear();
    }
    return Aws{*profile, *provider, *endpoints};
}

Result<net::Client*> StorageFactory::client() {
    if (client_ == nullptr) {
        const auto environment = system_environment(environment_);
        const auto profiles = credentials::load_profiles(environment);
        const auto profile = profiles ? credentials::chosen_profile(environment, *profiles) : profiles.error();
        const auto ca =
            credentials::setting_of(environment, {"AWS_CA_BUNDLE"}, profile ? *profile : credentials::Profile(),
                                    "ca_bundle", profile ? profile->ca_bundle : std::string());
        const auto ca_file = credentials::expand_home(environment, ca.value);
        auto options = net::client_options(environment_, ca_file);
        if (!options) {
            return options.error();
        }
        std::error_code ignored;
        if (!ca_file.empty() && !std::filesystem::exists(ca_file, ignored)) {
            options->ca_bundle = fail(Errc::denied, "{}: no such file of CA certificates", ca.given());
        }
        client_ = std::make_unique<net::Client>(context_.get_executor(), system_clock(), std::move(*options));
    }
    return client_.get();
}

Result<credentials::CachedProvider*> StorageFactory::credentials(const CredentialAccess& access) {
    const auto known = credentials_.find(access);
    if (known != credentials_.end()) {
        return known->second.get();
    }
    auto configured = aws(access);
    if (!configured) {
        return configured.error();
    }
    const auto http = client();
    if (!http) {
        return http.error();
    }
    auto provider = std::make_unique<credentials::CachedProvider>(std::move(configured->provider),
                                                                  environment_of(access), configured->endpoints, **http,
                                                                  context_.get_executor(), system_clock());
    return credentials_.emplace(access, std::move(provider)).first->second.get();
}

Result<aws::BucketAddress> bucket_address(const BucketLocation& bucket, aws::Addressing addressing,
                                          const StorageFactory::Aws& configured) {
    aws::BucketAddress address;
    address.bucket = bucket.bucket;
    address.region = configured.endpoints.region;
    address.region_origin = configured.endpoints.origins.region;
    address.endpoint_url = configured.endpoints.s3_url;
    address.endpoint_origin = configured.endpoints.origins.s3;
    address.variant = configured.endpoints.variant;
    address.accelerate = configured.endpoints.accelerate;
    address.addressing = addressing;
    if (address.addressing == aws::Addressing::automatic) {
        const auto style = aws::parse_addressing(configured.profile.s3_addressing_style);
        if (!style) {
            return style.error().within(fmt::format("profile {}: addressing_style of s3", configured.profile.name));
        }
        address.addressing = *style;
    }
    return address;
}

std::optional<std::string> endpoint_warning(const aws::BucketAddress& address) {
    const auto corrected = aws::without_bucket_in_endpoint(address);
    const auto endpoint = aws::endpoint_of(address);
    if (!corrected || !endpoint) {
        return std::nullopt;
    }
    return fmt::format(
        "{}='{}': the endpoint seems to contain the bucket, so that requests go to {}/KEY; if that is wrong, set it to "
        "{}{}",
        address.endpoint_origin.empty() ? "endpoint" : address.endpoint_origin, url_for_people(address.endpoint_url),
        endpoint->url(), corrected->endpoint_url,
        corrected->addressing == aws::Addressing::virtual_host ? ", and TAPALCATL_ADDRESSING to virtual" : "");
}

}  // namespace tapalcatl::app
