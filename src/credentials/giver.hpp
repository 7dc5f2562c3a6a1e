#pragma once

#include "aws/credentials.hpp"
#include "base/awaitable.hpp"
#include "base/clock.hpp"
#include "base/environment.hpp"
#include "base/error.hpp"
#include "credentials/asker.hpp"
#include "credentials/credential_provider.hpp"
#include "credentials/plan.hpp"

#include <boost/asio/any_io_executor.hpp>

#include <memory>
#include <string>

namespace tapalcatl::credentials {

/// Somebody who gives credentials when asked: one step of a plan. Used on one executor.
class Giver {
 public:
    virtual ~Giver() = default;

    /// Asks for credentials, and again where that may help, until `deadline`. One call at a time.
    /// Requires: this lives until it is done. Fails: as CredentialProvider::credentials; no message has secrets in it.
    virtual Awaitable<Result<aws::Credentials>> fetch(SteadyTime deadline) = 0;

    /// What is under way is to end, without touching the client or the clock any more.
    virtual void close() {}

    /// Whether credentials that have expired are good for a while, if they are all that it has.
    virtual bool may_give_expired() const { return false; }
};

/// What a giver works with. Lifetime: `outside` and `asker` outlive it, the client and the clock outlive its close().
struct GiverTools {
    const Outside& outside;
    std::string sts_region;
    Asker& asker;
    net::Client& client;
    boost::asio::any_io_executor executor;
    const Clock& clock;
    CredentialTimes times;
};

/// Who gives what `plan` says; null where there is nobody to ask, as for StaticKeys and Anonymous.
std::unique_ptr<Giver> make_giver(const Plan& plan, const GiverTools& tools);

std::unique_ptr<Giver> assume_role_giver(const AssumeRole& step, const GiverTools& tools);
std::unique_ptr<Giver> web_identity_giver(const WebIdentity& step, const GiverTools& tools);
std::unique_ptr<Giver> process_giver(const Process& step, const GiverTools& tools);
std::unique_ptr<Giver> container_giver(const Container& step, const GiverTools& tools);
std::unique_ptr<Giver> metadata_giver(const InstanceMetadata& step, const GiverTools& tools);
std::unique_ptr<Giver> sso_giver(const Sso& step, const GiverTools& tools);

}  // namespace tapalcatl::credentials
