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

/// The credentials are known.
struct StaticCredentials {
    aws::Credentials credentials;
};

/// Sign nothing.
struct Anonymous {};

/// How to come by credentials.
struct ProviderConfig {
    std::variant<StaticCredentials, AssumeRole, WebIdentity, Process, Container, InstanceMetadata, Sso, Anonymous> kind;
    std::string origin;  ///< where this was configured, for people: "environment", "profile tiles"
};

/// Our own settings beside AWS's.
struct ChainOptions {
    bool anonymous = false;
    std::string role_arn;  ///< assumed on top of whatever AWS's chain says; empty: none
};

/// What AWS's chain comes to: environment, a role of the profile, web identity, single sign-on, keys of the credentials
/// file, a process, keys of the config file, container, instance metadata. The first that is configured wins.
///
/// Nothing is asked here: whether the metadata service is there shows when it is. Web identity tokens and container
/// tokens are read later, since they change.
/// Fails: usage: half-given keys, a role without a source, profiles that are each other's source, an unknown
/// credential_source, a container's URL that would give the credentials away. unsupported: mfa_serial. denied: nothing
/// is configured, and the metadata service is switched off.
Result<ProviderConfig> resolve_chain(const Environment& environment, const Profiles& profiles,
                                     const ChainOptions& options = {});

/// The provider that `config` describes; null for StaticCredentials and Anonymous, which need no request.
std::unique_ptr<Provider> make_provider(const ProviderConfig& config, const ProviderContext& context);

}  // namespace tapalcatl::credentials
