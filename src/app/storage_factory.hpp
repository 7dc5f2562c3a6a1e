#pragma once

#include "aws/endpoint.hpp"
#include "base/error.hpp"
#include "credentials/chain.hpp"
#include "credentials/profile.hpp"
#include "settings/configuration.hpp"
#include "settings/location.hpp"
#include "settings/settings.hpp"
#include "storage/http_storage.hpp"
#include "storage/storage.hpp"

#include <boost/asio/io_context.hpp>

#include <memory>
#include <string>

namespace tapalcatl::credentials {
class CachedProvider;
}

namespace tapalcatl::net {
class Client;
}

namespace tapalcatl::app {

/// Opens storages as the settings, AWS's environment variables and AWS's files say. All storages of a factory share
/// its HTTP client and its credential provider, which are made when the first storage needs them.
///
/// Lifetime: the context outlives the factory, and the factory outlives the storages that it opened.
class StorageFactory {
 public:
    /// `body_memory`: for responses that are longer than was asked for, and for objects that are read whole; null: no
    /// limit.
    StorageFactory(const Settings& settings, EnvironmentVariables environment, boost::asio::io_context& context,
                   std::shared_ptr<BodyMemory> body_memory = nullptr);
    ~StorageFactory();

    /// Sends nothing to the storage yet. Versions that mislead are settled, see storage::make_settled_storage().
    /// Fails: usage for a folder that does not exist, for an invalid bucket, endpoint or proxy, for invalid AWS
    /// settings; denied if no credential provider is configured.
    Result<std::unique_ptr<storage::Storage>> open(const Location& location);

    /// The effective AWS configuration. Fails: as credentials::load_profiles(), chosen_profile() and
    /// resolve_chain().
    struct Aws {
        credentials::Profile profile;
        credentials::ProviderConfig provider;
        credentials::ServiceEndpoints endpoints;
    };
    Result<Aws> aws() const;

    /// The bucket's address; its region is empty if none is configured. Fails: usage for an invalid addressing style in
    /// the profile.
    Result<aws::BucketAddress> address_of(const BucketLocation& bucket, const Aws& configured) const;

    Result<net::Client*> client();

    /// Lifetime: this.
    Result<credentials::CachedProvider*> credentials();

 private:
    Result<std::unique_ptr<storage::Storage>> open_plain(const Location& location);
    Result<std::unique_ptr<storage::Storage>> open_folder(const FolderLocation& folder);
    Result<std::unique_ptr<storage::Storage>> open_bucket(const BucketLocation& bucket);
    Result<std::unique_ptr<storage::Storage>> open_web(const WebLocation& web);
    storage::HttpStorageOptions http_storage_options() const;

    const Settings& settings_;
    EnvironmentVariables environment_;
    boost::asio::io_context& context_;
    std::shared_ptr<BodyMemory> body_memory_;
    std::unique_ptr<net::Client> client_;
    std::unique_ptr<credentials::CachedProvider> credentials_;
};

}  // namespace tapalcatl::app
