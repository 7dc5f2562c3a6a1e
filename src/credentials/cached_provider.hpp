#pragma once

#include "aws/credentials.hpp"
#include "base/awaitable.hpp"
#include "base/clock.hpp"
#include "base/environment.hpp"
#include "base/error.hpp"
#include "credentials/chain.hpp"
#include "credentials/profile.hpp"
#include "credentials/provider.hpp"

#include <boost/asio/any_io_executor.hpp>

#include <memory>
#include <optional>
#include <string>

namespace tapalcatl::net {
class Client;
}

namespace tapalcatl::credentials {

/// Fetches credentials from the configured provider, caches them, and renews them before they expire: once, however
/// many callers wait for them, and in the background while the old ones are still valid.
///
/// The renewal starts ten minutes before the credentials expire, or in the last quarter of their lifetime if that is
/// later. Only in the last minute a call waits for it, for a quarter of its time at most; then, and if it fails, it
/// gets the old credentials, unless they expire within seconds. Expired credentials from the metadata service of EC2
/// are used for some minutes: the service returns them while it cannot renew them itself, and S3 still accepts them.
///
/// Used on one executor, without locks. Lifetime: the context of the executor, the client and the clock outlive this.
/// Calls that are under way when it is destroyed fail.
class CachedProvider {
 public:
    CachedProvider(ProviderConfig config, Environment environment, ServiceEndpoints endpoints, net::Client& client,
                   boost::asio::any_io_executor executor, const Clock& clock, ProviderTimeouts times = {});
    CachedProvider(const CachedProvider&) = delete;
    CachedProvider& operator=(const CachedProvider&) = delete;
    ~CachedProvider();

    /// The credentials to sign with now; nullopt: requests are not signed, because access is anonymous.
    ///
    /// Fails: denied if no provider has credentials (the message names the providers and what to do), usage for an
    /// invalid file or setting, corrupt for an invalid response, unavailable, timeout. A failure is kept for a moment,
    /// so that not every call asks a failing provider. The fetch continues when the deadline of a caller has passed.
    Awaitable<Result<std::optional<aws::Credentials>>> credentials(SteadyTime deadline);

    /// Reports that a service rejected `refused`. Returns true if another call of credentials() may return others: then
    /// `refused` is dropped from the cache. Returns false for static credentials, and for those that were fetched a
    /// moment ago, because the provider would return the same again.
    bool invalidate(const aws::Credentials& refused);

    /// Where the credentials come from, for messages: "environment", "profile tiles", "instance metadata". No secrets.
    const std::string& origin() const;

 private:
    class Impl;
    std::shared_ptr<Impl> impl_;
};

}  // namespace tapalcatl::credentials
