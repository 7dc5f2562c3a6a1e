#pragma once

#include "aws/credentials.hpp"
#include "base/awaitable.hpp"
#include "base/clock.hpp"
#include "base/environment.hpp"
#include "base/error.hpp"
#include "credentials/cached_provider.hpp"
#include "credentials/chain.hpp"
#include "credentials/retrying_client.hpp"

#include <boost/asio/any_io_executor.hpp>

#include <memory>
#include <string>

namespace tapalcatl::credentials {

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

/// The provider that `config` describes; null for StaticCredentials and Anonymous, which need no request.
std::unique_ptr<Provider> make_provider(const ProviderConfig& config, const ProviderContext& context);

std::unique_ptr<Provider> assume_role_provider(const AssumeRole& config, const ProviderContext& context);
std::unique_ptr<Provider> web_identity_provider(const WebIdentity& config, const ProviderContext& context);
std::unique_ptr<Provider> process_provider(const Process& config, const ProviderContext& context);
std::unique_ptr<Provider> container_provider(const Container& config, const ProviderContext& context);
std::unique_ptr<Provider> imds_provider(const InstanceMetadata& config, const ProviderContext& context);
std::unique_ptr<Provider> sso_provider(const Sso& config, const ProviderContext& context);

}  // namespace tapalcatl::credentials
