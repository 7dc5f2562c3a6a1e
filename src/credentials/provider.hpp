#pragma once

#include "aws/credentials.hpp"
#include "base/awaitable.hpp"
#include "base/clock.hpp"
#include "base/environment.hpp"
#include "base/error.hpp"
#include "credentials/profile.hpp"
#include "credentials/retrying_client.hpp"

#include <boost/asio/any_io_executor.hpp>

#include <chrono>
#include <string>

namespace tapalcatl::credentials {

/// How long fetching credentials may take.
struct ProviderTimeouts {
    std::chrono::milliseconds fetch{60'000};            ///< everything: a role and the credentials of its source
    std::chrono::milliseconds metadata_attempt{1'000};  ///< one request to the metadata service, which is near
};

/// A credential provider: one link of the provider chain. Used on one executor.
class Provider {
 public:
    virtual ~Provider() = default;

    /// Fetches credentials, with retries, until `deadline`.
    /// Requires: one call at a time; this outlives the call. Fails: as CachedProvider::credentials. No message contains
    /// secrets.
    virtual Awaitable<Result<aws::Credentials>> fetch(SteadyTime deadline) = 0;

    /// Makes the call that is under way end without using the client or the clock any more.
    virtual void close() {}

    /// Whether credentials that are fetched already expired may be used for a while.
    virtual bool may_return_expired() const { return false; }
};

/// What a provider works with. Lifetime: `environment`, `endpoints` and `retrying_client` outlive it; the client and
/// the clock outlive its close().
struct ProviderContext {
    const Environment& environment;
    const ServiceEndpoints& endpoints;
    RetryingClient& retrying_client;
    net::Client& client;
    boost::asio::any_io_executor executor;
    const Clock& clock;
    ProviderTimeouts times;
};

}  // namespace tapalcatl::credentials
