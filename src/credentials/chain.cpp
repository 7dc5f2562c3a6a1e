#include "credentials/chain.hpp"

#include "base/hash.hpp"
#include "base/text.hpp"
#include "base/url.hpp"
#include "credentials/environment.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <optional>
#include <utility>
#include <variant>
#include <vector>

namespace tapalcatl::credentials {
namespace {

/// The configuration of one link of the chain; nullopt if that link is not configured.
using Found = Result<std::optional<ProviderConfig>>;

Found nothing() {
    return std::optional<ProviderConfig>();
}

Found found(ProviderConfig config) {
    return std::optional(std::move(config));
}

class ChainResolver {
 public:
    ChainResolver(const Environment& environment, const Profiles& profiles, const std::string& profile)
        : environment_(environment),
          profiles_(profiles),
          is_profile_given_(!profile.empty()),
          profile_name_(is_profile_given_ ? profile : profile_name(environment)) {}

    Result<ProviderConfig> resolve() {
        auto from_environment = is_profile_given_ ? nothing() : environment();
        if (!from_environment || *from_environment) {
            return unwrap(std::move(from_environment));
        }
        const auto profile =
            is_profile_given_ ? chosen_profile(profiles_, profile_name_) : chosen_profile(environment_, profiles_);
        if (!profile) {
            return profile.error();
        }
        chosen_ = *profile;
        if (has_role(*profile)) {
            return role(*profile);
        }
        auto from_web = is_profile_given_ ? nothing() : web_identity_of_environment(*profile);
        if (!from_web || *from_web) {
            return unwrap(std::move(from_web));
        }
        auto from_profile = profile_without_role(*profile);
        if (!from_profile || *from_profile) {
            return unwrap(std::move(from_profile));
        }
        auto from_container = container();
        if (!from_container || *from_container) {
            return unwrap(std::move(from_container));
        }
        return instance_metadata();
    }

 private:
    static Result<ProviderConfig> unwrap(Found one) {
        if (!one) {
            return one.error();
        }
        return std::move(**one);
    }

    static std::string origin_of(const Profile& profile) { return "profile " + printable(profile.name); }

    /// A role with a web identity token is not assumed with keys.
    static bool has_role(const Profile& profile) {
        return !profile.role_arn.empty() && profile.web_identity_token_file.empty();
    }

    Found environment() const {
        const auto keys = environment_credentials(environment_);
        if (!keys) {
            return keys.error();
        }
        return *keys ? found({StaticCredentials{**keys}, "environment"}) : nothing();
    }

    Found web_identity_of_environment(const Profile& profile) const {
        const auto file = environment_.setting("AWS_WEB_IDENTITY_TOKEN_FILE");
        if (!file) {
            return nothing();
        }
        const auto role_arn = environment_.setting("AWS_ROLE_ARN").value_or(profile.role_arn);
        if (role_arn.empty()) {
            return fail(Errc::usage, "AWS_WEB_IDENTITY_TOKEN_FILE is set, AWS_ROLE_ARN is missing");
        }
        const auto session = environment_.setting("AWS_ROLE_SESSION_NAME").value_or(profile.role_session_name);
        return found({WebIdentity{role_arn, session, expand_home(environment_, *file)}, "environment"});
    }

    Found web_identity(const Profile& profile) const {
        if (profile.web_identity_token_file.empty()) {
            return nothing();
        }
        if (profile.role_arn.empty()) {
            return fail(Errc::usage, "{}: web_identity_token_file is set, role_arn is missing", origin_of(profile));
        }
        const auto file = expand_home(environment_, profile.web_identity_token_file);
        return found({WebIdentity{profile.role_arn, profile.role_session_name, file}, origin_of(profile)});
    }

    Found sso(const Profile& profile) const {
        const auto& sso = profile.sso;
        if (sso.account_id.empty() && sso.role_name.empty()) {
            return nothing();
        }
        if (!sso.problem.empty()) {
            return fail(Errc::usage, "{}: {}", origin_of(profile), sso.problem);
        }
        for (const auto& [name, value] :
             {std::pair{"sso_account_id", &sso.account_id}, std::pair{"sso_role_name", &sso.role_name},
              std::pair{"sso_region", &sso.region}, std::pair{"sso_start_url", &sso.start_url}}) {
            if (value->empty()) {
                return fail(Errc::usage, "{}: {} is missing", origin_of(profile), name);
            }
        }
        const auto& cached_as = sso.session.empty() ? sso.start_url : sso.session;
        const auto file =
            expand_home(environment_, fmt::format("~/.aws/sso/cache/{}.json", hex(sha1(as_bytes(cached_as)))));
        return found({Sso{sso.region, sso.account_id, sso.role_name, file, sso.session}, origin_of(profile)});
    }

    static Found keys(const FileKeys& keys, const Profile& profile) {
        if (!keys.access_key_id) {
            return nothing();
        }
        auto credentials = profile_credentials(keys, profile.name);
        if (!credentials) {
            return credentials.error();
        }
        return found({StaticCredentials{std::move(*credentials)}, origin_of(profile)});
    }

    /// The providers of a profile that need no source, in the order of AWS.
    Found profile_without_role(const Profile& profile) const {
        if (auto one = web_identity(profile); !one || *one) {
            return one;
        }
        if (auto one = sso(profile); !one || *one) {
            return one;
        }
        if (auto one = keys(profile.credentials_file_keys, profile); !one || *one) {
            return one;
        }
        if (!profile.login_session.empty()) {
            return fail(Errc::unsupported,
                        "{}: login_session (aws login) is not supported; use another profile with credential_process = "
                        "aws configure export-credentials --profile {} --format process",
                        origin_of(profile), printable(profile.name));
        }
        if (!profile.credential_process.empty()) {
            return found({Process{profile.credential_process}, origin_of(profile)});
        }
        return keys(profile.config_file_keys, profile);
    }

    /// The role of `profile`. Its source is resolved first, recursively along source_profile; a profile is visited
    /// once.
    Result<ProviderConfig> role(const Profile& profile) {
        visited_.push_back(profile.name);
        if (!profile.mfa_serial.empty()) {
            return fail(Errc::unsupported,
                        "{}: mfa_serial is not supported, because a server cannot ask for a code; use another profile",
                        origin_of(profile));
        }
        if (profile.source_profile.empty() == profile.credential_source.empty()) {
            return fail(Errc::usage, "{}: role_arn needs {}", origin_of(profile),
                        profile.source_profile.empty() ? "source_profile or credential_source"
                                                       : "source_profile or credential_source, not both");
        }
        auto source = profile.source_profile.empty() ? named_source(profile) : source_profile(profile);
        if (!source) {
            return source.error();
        }
        return ProviderConfig{AssumeRole{profile.role_arn, profile.role_session_name, profile.external_id,
                                         profile.duration, std::make_shared<const ProviderConfig>(std::move(*source))},
                              origin_of(profile)};
    }

    Result<ProviderConfig> source_profile(const Profile& profile) {
        const auto found_source = profiles_.find(profile.source_profile);
        if (found_source == profiles_.end()) {
            return fail(Errc::usage, "{}: source_profile {} does not exist", origin_of(profile),
                        printable(profile.source_profile));
        }
        const auto& source = found_source->second;
        const bool seen = std::find(visited_.begin(), visited_.end(), source.name) != visited_.end();
        // A profile may be its own source, for the keys beside its role.
        if (seen && !(source.name == profile.name && source.has_keys())) {
            return fail(Errc::usage, "{}: source_profile {} is part of a cycle", origin_of(profile),
                        printable(source.name));
        }
        if (has_role(source) && !source.has_keys()) {
            return role(source);
        }
        auto config = profile_without_role(source);
        if (config && !*config) {
            return fail(Errc::usage, "{}: source_profile {} has no credentials", origin_of(profile),
                        printable(source.name));
        }
        return unwrap(std::move(config));
    }

    Result<ProviderConfig> named_source(const Profile& profile) const {
        const auto& name = profile.credential_source;
        if (iequals(name, "Ec2InstanceMetadata")) {
            return instance_metadata();
        }
        if (!iequals(name, "Environment") && !iequals(name, "EcsContainer")) {
            return fail(Errc::usage,
                        "{}: credential_source is {}, expected Environment, EcsContainer or Ec2InstanceMetadata",
                        origin_of(profile), printable(name));
        }
        auto one = iequals(name, "Environment") ? environment() : container();
        if (one && !*one) {
            return fail(Errc::usage, "{}: credential_source is {}, which has no credentials", origin_of(profile), name);
        }
        return unwrap(std::move(one));
    }

    Found container() const {
        const auto url = container_url(environment_);
        if (!url) {
            return url.error();
        }
        if (!*url) {
            return nothing();
        }
        const auto token = environment_.setting("AWS_CONTAINER_AUTHORIZATION_TOKEN").value_or("");
        if (token.find_first_of("\r\n") != std::string::npos) {
            return fail(Errc::usage, "AWS_CONTAINER_AUTHORIZATION_TOKEN has a line break");
        }
        const auto file =
            expand_home(environment_, environment_.setting("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE").value_or(""));
        return found({Container{**url, Secret(token), file}, "container"});
    }

    static Result<std::optional<unsigned>> number_of(const AwsSetting& setting) {
        if (setting.value.empty()) {
            return std::optional<unsigned>();
        }
        constexpr std::uint64_t max_number = 1000;
        const auto number = parse_number(setting.value);
        if (!number || *number == 0 || *number > max_number) {
            return fail(Errc::usage, "{}: expected a number from 1 to {}", setting.given(), max_number);
        }
        return std::optional(static_cast<unsigned>(*number));
    }

    Result<ProviderConfig> instance_metadata() const {
        if (iequals(environment_.setting("AWS_EC2_METADATA_DISABLED").value_or(""), "true")) {
            return fail(Errc::denied,
                        "no AWS credentials: neither in the environment nor in profile {}, and "
                        "AWS_EC2_METADATA_DISABLED is set; set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or "
                        "AWS_PROFILE, or TAPALCATL_ANONYMOUS=on for a public bucket",
                        printable(profile_name_));
        }
        const auto mode = setting_of(environment_, {"AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE"}, chosen_,
                                     "ec2_metadata_service_endpoint_mode", chosen_.metadata_endpoint_mode);
        if (!mode.value.empty() && !iequals(mode.value, "ipv4") && !iequals(mode.value, "ipv6")) {
            return fail(Errc::usage, "{}: expected IPv4 or IPv6", mode.given());
        }
        const auto endpoint = setting_of(environment_, {"AWS_EC2_METADATA_SERVICE_ENDPOINT"}, chosen_,
                                         "ec2_metadata_service_endpoint", chosen_.metadata_endpoint);
        if (!endpoint.value.empty() && !parse_url(endpoint.value)) {
            return fail(Errc::usage, "{}: expected a URL such as http://169.254.169.254", endpoint.given());
        }
        InstanceMetadata config;
        config.endpoint = endpoint.value;
        if (config.endpoint.empty()) {
            config.endpoint = iequals(mode.value, "ipv6") ? "http://[fd00:ec2::254]" : "http://169.254.169.254";
        }
        while (config.endpoint.ends_with('/')) {
            config.endpoint.pop_back();
        }
        const auto timeout = number_of(setting_of(environment_, {"AWS_METADATA_SERVICE_TIMEOUT"}, chosen_,
                                                  "metadata_service_timeout", chosen_.metadata_timeout));
        const auto attempts = number_of(setting_of(environment_, {"AWS_METADATA_SERVICE_NUM_ATTEMPTS"}, chosen_,
                                                   "metadata_service_num_attempts", chosen_.metadata_attempts));
        if (!timeout || !attempts) {
            return timeout ? attempts.error() : timeout.error();
        }
        if (*timeout) {
            config.attempt_timeout = std::chrono::seconds(**timeout);
        }
        config.max_attempts = *attempts;
        return ProviderConfig{std::move(config), "instance metadata"};
    }

    const Environment& environment_;
    const Profiles& profiles_;
    bool is_profile_given_;
    std::string profile_name_;
    Profile chosen_;                    ///< whose settings of the metadata service count, as in botocore
    std::vector<std::string> visited_;  ///< along source_profile
};

}  // namespace

Result<ProviderConfig> resolve_chain(const Environment& environment, const Profiles& profiles,
                                     const ChainOptions& options) {
    if (options.anonymous) {
        if (!options.role_arn.empty()) {
            return fail(
                Errc::usage,
                "TAPALCATL_ROLE_ARN cannot be combined with TAPALCATL_ANONYMOUS: a role is assumed with credentials");
        }
        return ProviderConfig{Anonymous{}, "anonymous"};
    }
    auto config = ChainResolver(environment, profiles, options.profile).resolve();
    if (!config || options.role_arn.empty()) {
        return config;
    }
    const auto session = environment.setting("AWS_ROLE_SESSION_NAME").value_or("");
    return ProviderConfig{
        AssumeRole{options.role_arn, session, {}, {}, std::make_shared<const ProviderConfig>(std::move(*config))},
        "TAPALCATL_ROLE_ARN"};
}

std::unique_ptr<Provider> make_provider(const ProviderConfig& config, const ProviderContext& context) {
    struct Maker {
        const ProviderContext& context;
        std::unique_ptr<Provider> operator()(const StaticCredentials&) const { return nullptr; }
        std::unique_ptr<Provider> operator()(const Anonymous&) const { return nullptr; }
        std::unique_ptr<Provider> operator()(const AssumeRole& config) const {
            return assume_role_provider(config, context);
        }
        std::unique_ptr<Provider> operator()(const WebIdentity& config) const {
            return web_identity_provider(config, context);
        }
        std::unique_ptr<Provider> operator()(const Process& config) const { return process_provider(config, context); }
        std::unique_ptr<Provider> operator()(const Container& config) const {
            return container_provider(config, context);
        }
        std::unique_ptr<Provider> operator()(const InstanceMetadata& config) const {
            return imds_provider(config, context);
        }
        std::unique_ptr<Provider> operator()(const Sso& config) const { return sso_provider(config, context); }
    };
    return std::visit(Maker{context}, config.kind);
}

}  // namespace tapalcatl::credentials
