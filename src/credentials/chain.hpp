#pragma once

#include "aws/credentials.hpp"
#include "base/environment.hpp"
#include "base/error.hpp"
#include "credentials/container.hpp"
#include "credentials/imds.hpp"
#include "credentials/process.hpp"
#include "credentials/profile.hpp"
#include "credentials/provider.hpp"
#include "credentials/sso.hpp"
#include "credentials/sts.hpp"

#include <memory>
#include <string>
#include <variant>

namespace tapalcatl::credentials {

/// Credentials that are known.
struct StaticCredentials {
    aws::Credentials credentials;
};

/// No credentials: requests are not signed.
struct Anonymous {};

/// The configuration of one credential provider.
struct ProviderConfig {
    std::variant<StaticCredentials, AssumeRole, WebIdentity, Process, Container, InstanceMetadata, Sso, Anonymous> kind;
    std::string origin;  ///< where it was configured, for messages: "environment", "profile tiles"
};

/// The settings of tapalcatl beside those of AWS.
struct ChainOptions {
    bool anonymous = false;
    std::string role_arn;  ///< assumed with the credentials of the chain; empty: none
    /// A profile in place of that of the environment; empty: that of the environment. As in botocore, keys and a web
    /// identity of the environment do not count then.
    std::string profile = {};
};

/// The first provider that is configured, in the order of AWS: environment, a role of the profile, web identity, single
/// sign-on, keys of the credentials file, a process, keys of the config file, container, instance metadata.
///
/// No request is sent: whether the metadata service exists shows at the first fetch. Web identity tokens and container
/// tokens are read for each fetch, because they change.
/// Fails: usage for incomplete keys, a role without a source, profiles that are each other's source, an unknown
/// credential_source, and a container URL that would disclose the credentials; unsupported for mfa_serial and
/// login_session; denied if nothing is configured and the metadata service is switched off.
Result<ProviderConfig> resolve_chain(const Environment& environment, const Profiles& profiles,
                                     const ChainOptions& options = {});

/// The provider that `config` describes; null for StaticCredentials and Anonymous, which need no request.
std::unique_ptr<Provider> make_provider(const ProviderConfig& config, const ProviderContext& context);

}  // namespace tapalcatl::credentials
