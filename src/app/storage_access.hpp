#pragma once

#include "aws/endpoint.hpp"
#include "settings/settings.hpp"

#include <chrono>
#include <compare>
#include <cstdint>
#include <string>

namespace tapalcatl::app {

/// What the credentials of a storage depend on. Storages that agree in all of it share them.
struct CredentialAccess {
    bool anonymous = false;
    std::string profile;   ///< of AWS's files; empty: that of the environment. See credentials::ChainOptions::profile
    std::string role_arn;  ///< assumed with the credentials found; empty: none
    std::string region;    ///< of the bucket, and of STS; empty: that of the environment or the profile
    std::string endpoint_url;  ///< of S3, in place of that of the environment or the profile; empty: none

    friend auto operator<=>(const CredentialAccess&, const CredentialAccess&) = default;
};

/// How a storage is accessed. The storages of a process may differ in all of this.
struct StorageAccess {
    CredentialAccess credentials;
    aws::Addressing addressing = aws::Addressing::automatic;
    bool requester_pays = false;
    bool missing_on_403 = false;
    std::uint64_t connections = 64;                  ///< reads at once; further ones queue
    std::chrono::milliseconds hedge_after{2'000};    ///< 0: never
    std::uint64_t archive_limit = 16 * 1024 * 1024;  ///< bytes of an object that is read whole

    friend auto operator<=>(const StorageAccess&, const StorageAccess&) = default;
};

/// The access that the settings describe.
StorageAccess storage_access(const Settings& settings);

}  // namespace tapalcatl::app
