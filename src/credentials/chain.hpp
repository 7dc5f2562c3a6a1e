#pragma once

#include "aws/credentials.hpp"
#include "base/environment.hpp"
#include "base/error.hpp"
#include "credentials/profile.hpp"

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <variant>

namespace tapalcatl::credentials {

struct ProviderConfig;

/// The credentials are known.
struct StaticCredentials {
    aws::Credentials credentials;
};

/// Ask STS for the role, signed with the credentials of `source`.
struct AssumeRole {
    std::string role_arn;
    std::string session_name;  ///< empty: any
    std::string external_id;
    std::optional<std::chrono::seconds> duration;
    std::shared_ptr<const ProviderConfig> source;  ///< never null
};

/// Ask STS for the role, with the token that is in the file at the time of asking.
struct WebIdentity {
    std::string role_arn;
    std::string session_name;  ///< empty: any
    std::string token_file;
};

/// Run the command, without a shell, and read what it prints.
struct Process {
    std::string command;
};

/// Ask the container's agent: GET `url`, with the token, if there is one, as Authorization.
struct Container {
    std::string url;
    Secret token;
    std::string token_file;  ///< read at each request; wins over `token`
};

/// Ask EC2's metadata service, version 2.
struct InstanceMetadata {
    std::string endpoint;  ///< "http://169.254.169.254", without '/' at its end
};

/// Ask single sign-on's portal for the role, with the cached token of `aws sso login`.
struct Sso {
    std::string region, account_id, role_name;
    std::string token_file;
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

}  // namespace tapalcatl::credentials
