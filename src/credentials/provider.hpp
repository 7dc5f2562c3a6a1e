#pragma once

#include "aws/credentials.hpp"
#include "base/awaitable.hpp"
#include "base/clock.hpp"
#include "base/environment.hpp"
#include "base/error.hpp"
#include "credentials/retrying_client.hpp"

#include <boost/asio/any_io_executor.hpp>

#include <chrono>
#include <string>

namespace tapalcatl::credentials {

/// How long giving credentials may take.
struct ProviderTimeouts {
    std::chrono::milliseconds fetch{60'000};            ///< all of it: a role, and what its source needs
    std::chrono::milliseconds metadata_attempt{1'000};  ///< one request of EC2's metadata service, which is near
};

/// A source of credentials: one link of the provider chain. Used on one executor.
class Provider {
 public:
    virtual ~Provider() = default;

    /// Asks for credentials, and again where that may help, until `deadline`. One call at a time.
    /// Requires: this lives until it is done. Fails: as CachedProvider::credentials; no message has secrets in it.
    virtual Awaitable<Result<aws::Credentials>> fetch(SteadyTime deadline) = 0;

    /// What is under way is to end, without touching the client or the clock any more.
    virtual void close() {}

    /// Whether credentials that have expired are good for a while, if they are all that it has.
    virtual bool may_give_expired() const { return false; }
};

/// What a provider works with. Lifetime: `environment` and `retrying_client` outlive it; the client and the clock
/// outlive its close().
struct ProviderContext {
    const Environment& environment;
    std::string sts_region;
    RetryingClient& retrying_client;
    net::Client& client;
    boost::asio::any_io_executor executor;
    const Clock& clock;
    ProviderTimeouts times;
};

}  // namespace tapalcatl::credentials
