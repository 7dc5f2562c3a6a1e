#pragma once

#include "aws/credentials.hpp"
#include "aws/endpoint.hpp"
#include "base/environment.hpp"
#include "base/error.hpp"

#include <chrono>
#include <initializer_list>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace tapalcatl::credentials {

/// The keys in one file; either may be missing.
struct FileKeys {
    std::optional<std::string> access_key_id;
    std::optional<Secret> secret_access_key;
    Secret session_token;

    bool given() const { return access_key_id || secret_access_key; }
};

/// The settings of single sign-on; empty: not set.
struct SsoSettings {
    std::string session, start_url, region, account_id, role_name;
    std::string problem;  ///< of the sso-session: it is missing or contradicts the profile; empty: none
};

/// One profile of the config and credentials files. An empty text means: not set.
struct Profile {
    std::string name;
    FileKeys credentials_file_keys;  ///< win over a process, which wins over the next
    FileKeys config_file_keys;
    std::string region;
    std::string endpoint_url;
    /// Of the "services" section that the profile names.
    std::string s3_endpoint_url, sts_endpoint_url, sso_endpoint_url, sso_oidc_endpoint_url;
    std::string s3_addressing_style;  ///< "auto", "virtual" or "path"
    std::string services_problem;     ///< that section is missing; empty: it is not
    std::string ignore_endpoint_urls, use_fips_endpoint, use_dualstack_endpoint;  ///< "true" or anything else
    bool use_accelerate_endpoint = false;
    std::string ca_bundle;
    std::string role_arn, source_profile, credential_source, external_id, role_session_name, mfa_serial;
    std::optional<std::chrono::seconds> duration;
    std::string credential_process;
    std::string web_identity_token_file;
    std::string metadata_endpoint, metadata_endpoint_mode, metadata_timeout, metadata_attempts;
    std::string login_session;  ///< of `aws login`, which is not supported
    SsoSettings sso;

    bool has_keys() const { return credentials_file_keys.given() || config_file_keys.given(); }
};

/// All profiles of the two files, by name. A setting of the credentials file wins over one of the config file.
using Profiles = std::map<std::string, Profile, std::less<>>;

/// The names of the two files, for messages.
struct ProfileFileNames {
    std::string config = "AWS config file";
    std::string credentials = "AWS credentials file";
};

/// Parses the texts of the two files; a missing file is an empty text.
/// A profile that names a missing section is no failure here, because it may not be used: see SsoSettings::problem and
/// Profile::services_problem. Fails: usage if a text is not INI.
Result<Profiles> parse_profiles(std::string_view config, std::string_view credentials,
                                const ProfileFileNames& names = {});

/// A setting of AWS, and where it is configured.
struct AwsSetting {
    std::string value;   ///< empty: not configured
    std::string origin;  ///< for messages: "AWS_REGION", "profile tiles: region"

    /// "AWS_REGION='x'", for messages. Of a URL, user, password and query are not shown.
    std::string given() const;
};

/// The profiles of AWS_CONFIG_FILE (~/.aws/config) and AWS_SHARED_CREDENTIALS_FILE (~/.aws/credentials). A missing
/// file counts as empty. Fails: as parse_profiles, and as Environment::file.
Result<Profiles> load_profiles(const Environment& environment);

/// `path` with HOME in place of a leading "~".
std::string expand_home(const Environment& environment, std::string_view path);

/// AWS_DEFAULT_PROFILE, else AWS_PROFILE, else "default": the order of botocore.
std::string profile_name(const Environment& environment);

/// The profile of that name. A missing profile "default" is empty.
/// Fails: usage if another profile is missing.
Result<Profile> chosen_profile(const Profiles& profiles, std::string_view name);

/// The profile that profile_name() names. Fails: as above; the message names the variable.
Result<Profile> chosen_profile(const Environment& environment, const Profiles& profiles);

/// The first of `variables` that is set, else the setting of the profile: `value`, which it calls `key`.
AwsSetting setting_of(const Environment& environment, std::initializer_list<const char*> variables,
                      const Profile& profile, std::string_view key, const std::string& value);

/// AWS_REGION, else AWS_DEFAULT_REGION, else the profile's. If it is not configured, the metadata service or S3 may
/// know it.
AwsSetting region(const Environment& environment, const Profile& profile);

/// How the services of AWS are reached.
struct ServiceEndpoints {
    std::string region;  ///< empty: none is configured
    /// Endpoints of other stores and services; empty: those of AWS.
    std::string s3_url, sts_url, sso_url, sso_oidc_url;
    bool names_sts = false;  ///< `sts_url` is meant for STS: it is not only the one that all services have
    aws::EndpointVariant variant;
    bool accelerate = false;

    /// Where each of them is configured: AwsSetting::origin. Empty: it is not.
    struct Origins {
        std::string region, s3, sts, sso, sso_oidc;
    };
    Origins origins = {};
};

/// The endpoints that the environment and the profile configure, in the order of boto3: AWS_ENDPOINT_URL_<SERVICE>,
/// AWS_ENDPOINT_URL, the endpoint_url of the "services" section, the endpoint_url of the profile. All of them are
/// ignored if AWS_IGNORE_CONFIGURED_ENDPOINT_URLS or the profile says so.
/// Fails: usage if the profile names a "services" section that does not exist.
Result<ServiceEndpoints> service_endpoints(const Environment& environment, const Profile& profile);

}  // namespace tapalcatl::credentials
