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

/// Opens storages, as the settings and AWS's own environment and files say. All of them share connections and
/// credentials, which are made when the first one needs them.
///
/// Lifetime: the context outlives this, and this outlives the storages it opened.
class StorageFactory {
 public:
    StorageFactory(const Settings& settings, EnvironmentVariables environment, boost::asio::io_context& context);
    ~StorageFactory();

    /// Nothing is asked of the storage yet.
    /// Fails: usage for a folder that is not there, a bucket, endpoint or proxy that cannot be, AWS settings that make
    /// no sense; denied where no credentials can come from anywhere.
    Result<std::unique_ptr<storage::Storage>> open(const Location& location);

    /// What AWS's environment and files come to. Fails: as credentials::load_profiles(), chosen_profile() and
    /// resolve_chain().
    struct Aws {
        credentials::Profile profile;
        credentials::ProviderConfig provider;
        std::string region;        ///< empty: not configured
        std::string endpoint_url;  ///< empty: AWS's own
    };
    Result<Aws> aws() const;

    /// How the bucket is reached; the region is empty where none is configured. Fails: usage for a profile's addressing
    /// style that is none.
    Result<aws::BucketAddress> address_of(const BucketLocation& bucket, const Aws& configured) const;

    Result<net::Client*> client();

    /// Lifetime: this.
    Result<credentials::CachedProvider*> credentials();

 private:
    Result<std::unique_ptr<storage::Storage>> open_folder(const FolderLocation& folder);
    Result<std::unique_ptr<storage::Storage>> open_bucket(const BucketLocation& bucket);
    Result<std::unique_ptr<storage::Storage>> open_web(const WebLocation& web);
    storage::HttpStorageOptions http_storage_options() const;

    const Settings& settings_;
    EnvironmentVariables environment_;
    boost::asio::io_context& context_;
    std::unique_ptr<net::Client> client_;
    std::unique_ptr<credentials::CachedProvider> credentials_;
};

}  // namespace tapalcatl::app
