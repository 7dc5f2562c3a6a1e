#pragma once

#include "app/storage_access.hpp"
#include "aws/endpoint.hpp"
#include "base/environment.hpp"
#include "base/error.hpp"
#include "credentials/chain.hpp"
#include "credentials/profile.hpp"
#include "settings/location.hpp"
#include "storage/http_storage.hpp"
#include "storage/storage.hpp"

#include <boost/asio/io_context.hpp>

#include <map>
#include <memory>
#include <optional>
#include <string>

#include <sys/types.h>

namespace tapalcatl::credentials {
class CachedProvider;
}

namespace tapalcatl::net {
class Client;
}

namespace tapalcatl::storage {
class DiskThreads;
}

namespace tapalcatl::app {

/// Opens storages, each with an access of its own, as AWS's environment variables and AWS's files complete it. All
/// storages of a factory share its HTTP client, those with equal CredentialAccess a credential provider, and folders of
/// one file system their disk threads. All are made when a storage needs them first, and kept.
///
/// Its members are called on one thread at a time, which need not be that of the context.
/// Lifetime: the context outlives the factory, and the factory outlives the storages that it opened.
class StorageFactory {
 public:
    /// `body_memory`: for responses that are longer than was asked for, and for objects that are read whole; null: no
    /// limit.
    StorageFactory(EnvironmentVariables environment, boost::asio::io_context& context,
                   std::shared_ptr<BodyMemory> body_memory = nullptr);
    ~StorageFactory();

    /// Sends nothing to the storage yet. Versions that mislead are settled, see storage::make_settled_storage().
    /// Fails: usage for a folder that does not exist, for an invalid bucket, endpoint or proxy, for invalid AWS
    /// settings; denied if no credential provider is configured.
    Result<std::unique_ptr<storage::Storage>> open(const Location& location, const StorageAccess& access);

    /// The effective AWS configuration. Fails: as credentials::load_profiles(), chosen_profile() and
    /// resolve_chain().
    struct Aws {
        credentials::Profile profile;
        credentials::ProviderConfig provider;
        credentials::ServiceEndpoints endpoints;
    };
    Result<Aws> aws(const CredentialAccess& access);

    /// AWS's files are read again when they are needed next. Until then they are read once for each CredentialAccess,
    /// however many storages have it, unless they are wrong.
    void forget_aws_files() { aws_.clear(); }

    /// The HTTP client. It takes proxies from the environment, and the CA bundle from there or its profile.
    Result<net::Client*> client();

    /// Lifetime: this.
    Result<credentials::CachedProvider*> credentials(const CredentialAccess& access);

 private:
    Result<std::unique_ptr<storage::Storage>> open_plain(const Location& location, const StorageAccess& access);
    Result<std::unique_ptr<storage::Storage>> open_folder(const FolderLocation& folder);
    Result<std::unique_ptr<storage::Storage>> open_bucket(const BucketLocation& bucket, const StorageAccess& access);
    Result<std::unique_ptr<storage::Storage>> open_web(const WebLocation& web, const StorageAccess& access);
    storage::HttpStorageOptions http_storage_options(const StorageAccess& access, net::Client& client) const;
    Environment environment_of(const CredentialAccess& access) const;
    Result<Aws> read_aws(const CredentialAccess& access) const;

    EnvironmentVariables environment_;
    boost::asio::io_context& context_;
    std::shared_ptr<BodyMemory> body_memory_;
    std::unique_ptr<net::Client> client_;
    std::map<CredentialAccess, std::unique_ptr<credentials::CachedProvider>> credentials_;
    std::map<CredentialAccess, Aws> aws_;
    std::map<dev_t, std::shared_ptr<storage::DiskThreads>> disk_threads_;  ///< by file system
};

/// The bucket's address; its region is empty if none is configured. Fails: usage for an invalid addressing style in the
/// profile.
Result<aws::BucketAddress> bucket_address(const BucketLocation& bucket, aws::Addressing addressing,
                                          const StorageFactory::Aws& configured);

/// A warning, if the endpoint seems to contain the bucket.
std::optional<std::string> endpoint_warning(const aws::BucketAddress& address);

}  // namespace tapalcatl::app
