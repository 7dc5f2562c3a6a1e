#pragma once

#include "aws/credentials.hpp"
#include "base/awaitable.hpp"
#include "base/clock.hpp"
#include "base/environment.hpp"
#include "base/error.hpp"
#include "credentials/chain.hpp"
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
/// They are renewed from ten minutes before their end on, or in the last quarter of what they had left when they came
/// if that is later. Only in the last minute a call waits for the renewal; if that fails, it gets those that it has, as
/// long as they last. Credentials that EC2's metadata service gives although they have expired are used for another
/// while: it does that while it cannot renew them itself, and S3 goes on accepting them.
///
/// Used on one executor, without locks. Lifetime: the executor's context, the client and the clock outlive this; calls
/// may be under way when it is destroyed, and fail then.
class CachedProvider {
 public:
    /// `sts_region`: where STS is asked for roles; empty: us-east-1's.
    CachedProvider(ProviderConfig config, Environment environment, std::string sts_region, net::Client& client,
                   boost::asio::any_io_executor executor, const Clock& clock, ProviderTimeouts times = {});
    CachedProvider(const CachedProvider&) = delete;
    CachedProvider& operator=(const CachedProvider&) = delete;
    ~CachedProvider();

    /// What to sign with now; nullopt: sign nothing, because access is anonymous.
    ///
    /// Fails: denied (nobody gives us credentials; the message says who was asked and what to do), usage (a file or an
    /// answer that makes no sense), unavailable, timeout. A failure is remembered for a moment, so that a failing
    /// provider is not asked by every request. The fetch goes on when a caller's deadline has passed.
    Awaitable<Result<std::optional<aws::Credentials>>> credentials(SteadyTime deadline);

    /// Says that `refused` was not accepted. True if another call of credentials() may bring others: then the kept ones
    /// are dropped, if they are still those. False for keys that cannot change, and for those that were fetched a
    /// moment ago: who gave them would give them again.
    bool invalidate(const aws::Credentials& refused);

    /// Where they come from, for people: "environment", "profile tiles", "instance metadata". No secrets.
    const std::string& origin() const;

 private:
    class Impl;
    std::shared_ptr<Impl> impl_;
};

}  // namespace tapalcatl::credentials
