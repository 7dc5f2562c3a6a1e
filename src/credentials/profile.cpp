#include "credentials/profile.hpp"

#include "base/text.hpp"
#include "base/url.hpp"
#include "credentials/ini.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>
#include <vector>

namespace tapalcatl::credentials {
namespace {

/// Of a section's name like `profile "my tiles"`, what follows the kind; nullopt for a section of another kind.
std::optional<std::string> name_after(std::string_view kind, std::string_view section) {
    if (!section.starts_with(kind)) {
        return std::nullopt;
    }
    const auto after = section.substr(kind.size());
    auto name = trim(after);
    if (name.empty() || name.size() == after.size()) {
        return std::nullopt;  // nothing follows, or no blank stands between
    }
    const auto quote = name.front();
    if (quote == '"' || quote == '\'') {
        if (name.size() < 3 || name.back() != quote) {
            return std::nullopt;
        }
        return std::string(name.substr(1, name.size() - 2));
    }
    if (name.find_first_of(" \t") != std::string_view::npos) {
        return std::nullopt;
    }
    return std::string(name);
}

std::string value_of(const IniValues& values, std::string_view key) {
    const auto found = values.find(key);
    return found == values.end() ? std::string() : found->second;
}

void take(std::string& into, const IniValues& values, std::string_view key) {
    if (const auto found = values.find(key); found != values.end()) {
        into = found->second;
    }
}

FileKeys keys_of(const IniValues& values) {
    FileKeys keys;
    if (const auto found = values.find("aws_access_key_id"); found != values.end()) {
        keys.access_key_id = found->second;
    }
    if (const auto found = values.find("aws_secret_access_key"); found != values.end()) {
        keys.secret_access_key = Secret(found->second);
    }
    auto token = value_of(values, "aws_session_token");
    keys.session_token = Secret(token.empty() ? value_of(values, "aws_security_token") : std::move(token));
    return keys;
}

void take_settings(Profile& profile, const IniSection& section) {
    const auto& values = section.values;
    take(profile.region, values, "region");
    take(profile.endpoint_url, values, "endpoint_url");
    take(profile.ca_bundle, values, "ca_bundle");
    take(profile.role_arn, values, "role_arn");
    take(profile.source_profile, values, "source_profile");
    take(profile.credential_source, values, "credential_source");
    take(profile.external_id, values, "external_id");
    take(profile.role_session_name, values, "role_session_name");
    take(profile.mfa_serial, values, "mfa_serial");
    take(profile.credential_process, values, "credential_process");
    take(profile.web_identity_token_file, values, "web_identity_token_file");
    take(profile.metadata_endpoint, values, "ec2_metadata_service_endpoint");
    take(profile.metadata_endpoint_mode, values, "ec2_metadata_service_endpoint_mode");
    take(profile.metadata_timeout, values, "metadata_service_timeout");
    take(profile.metadata_attempts, values, "metadata_service_num_attempts");
    take(profile.login_session, values, "login_session");
    take(profile.sso.session, values, "sso_session");
    take(profile.sso.start_url, values, "sso_start_url");
    take(profile.sso.region, values, "sso_region");
    take(profile.sso.account_id, values, "sso_account_id");
    take(profile.sso.role_name, values, "sso_role_name");
    take(profile.ignore_endpoint_urls, values, "ignore_configured_endpoint_urls");
    take(profile.use_fips_endpoint, values, "use_fips_endpoint");
    take(profile.use_dualstack_endpoint, values, "use_dualstack_endpoint");
    // Like AWS's tools, what is no number is passed over. A role lasts for 15 minutes to 12 hours.
    if (const auto duration = parse_number(value_of(values, "duration_seconds"));
        duration && *duration >= 900 && *duration <= 43200) {
        profile.duration = std::chrono::seconds(*duration);
    }
    if (const auto s3 = section.nested.find("s3"); s3 != section.nested.end()) {
        take(profile.s3_addressing_style, s3->second, "addressing_style");
        take(profile.s3_endpoint_url, s3->second, "endpoint_url");
        take(profile.use_dualstack_endpoint, s3->second, "use_dualstack_endpoint");
        profile.use_accelerate_endpoint = iequals(value_of(s3->second, "use_accelerate_endpoint"), "true");
    }
}

const IniSection* find_section(const std::vector<IniSection>& sections, std::string_view kind, std::string_view name) {
    const auto found = std::find_if(sections.begin(), sections.end(),
                                    [&](const IniSection& section) { return name_after(kind, section.name) == name; });
    return found == sections.end() ? nullptr : &*found;
}

/// Fills in the settings of the sso-session that `profile` names.
void take_sso_session(Profile& profile, const std::vector<IniSection>& sections) {
    if (profile.sso.session.empty()) {
        return;
    }
    const auto* session = find_section(sections, "sso-session", profile.sso.session);
    if (session == nullptr) {
        profile.sso.problem = fmt::format("sso-session {} does not exist", printable(profile.sso.session));
        return;
    }
    for (const auto& [key, into] :
         {std::pair{"sso_start_url", &profile.sso.start_url}, std::pair{"sso_region", &profile.sso.region}}) {
        const auto value = value_of(session->values, key);
        if (!into->empty() && !value.empty() && *into != value) {
            profile.sso.problem =
                fmt::format("{} differs from that of sso-session {}", key, printable(profile.sso.session));
        }
        if (!value.empty()) {
            *into = value;
        }
    }
}

/// Fills in the endpoints of the "services" section that the section of the profile names.
void take_services(Profile& profile, const IniSection& own, const std::vector<IniSection>& sections) {
    const auto name = value_of(own.values, "services");
    const auto* services = name.empty() ? nullptr : find_section(sections, "services", name);
    if (!name.empty() && services == nullptr) {
        profile.services_problem = fmt::format("services section {} does not exist", printable(name));
    }
    if (services == nullptr) {
        return;
    }
    for (const auto& [service, into] :
         {std::pair{"s3", &profile.s3_endpoint_url}, std::pair{"sts", &profile.sts_endpoint_url},
          std::pair{"sso", &profile.sso_endpoint_url}, std::pair{"sso_oidc", &profile.sso_oidc_endpoint_url}}) {
        if (const auto found = services->nested.find(service); found != services->nested.end()) {
            take(*into, found->second, "endpoint_url");
        }
    }
}

/// A file, and its name for messages.
struct NamedFile {
    std::string path;
    std::string name;  ///< "/h/.aws/config", "AWS_CONFIG_FILE='/etc/aws'"
};

NamedFile file_of(const Environment& environment, const char* variable, const char* otherwise) {
    const auto given = environment.setting(variable);
    const auto path = expand_home(environment, given.value_or(otherwise));
    return {path, given ? fmt::format("{}='{}'", variable, printable(*given)) : path};
}

/// A file's text; empty if there is none.
Result<std::string> text_of(const Environment& environment, const NamedFile& file) {
    auto text = environment.file(file.path);
    if (!text && text.error().code == Errc::not_found) {
        return std::string();
    }
    if (!text) {
        return text.error().within(file.name);
    }
    return text;
}

}  // namespace

std::string AwsSetting::given() const {
    return fmt::format("{}='{}'", origin, url_for_people(value));
}

Result<Profiles> parse_profiles(std::string_view config, std::string_view credentials, const ProfileFileNames& names) {
    const auto sections = parse_ini(config);
    if (!sections) {
        return sections.error().within(names.config);
    }
    const auto keys = parse_ini(credentials);
    if (!keys) {
        return keys.error().within(names.credentials);
    }
    Profiles profiles;
    const bool has_long_default = find_section(*sections, "profile", "default") != nullptr;
    for (const auto& section : *sections) {
        auto name = name_after("profile", section.name);
        if (section.name == "default" && !has_long_default) {
            name = section.name;  // "[profile default]" wins over "[default]"
        }
        if (!name) {
            continue;
        }
        auto& profile = profiles[*name];
        profile.name = *name;
        profile.config_file_keys = keys_of(section.values);
        take_services(profile, section, *sections);
        take_settings(profile, section);
    }
    for (const auto& section : *keys) {
        auto& profile = profiles[section.name];
        profile.name = section.name;
        profile.credentials_file_keys = keys_of(section.values);
        take_settings(profile, section);
    }
    for (auto& [name, profile] : profiles) {
        take_sso_session(profile, *sections);
    }
    return profiles;
}

Result<Profiles> load_profiles(const Environment& environment) {
    const auto config_file = file_of(environment, "AWS_CONFIG_FILE", "~/.aws/config");
    const auto config = text_of(environment, config_file);
    if (!config) {
        return config.error();
    }
    const auto credentials_file = file_of(environment, "AWS_SHARED_CREDENTIALS_FILE", "~/.aws/credentials");
    const auto credentials = text_of(environment, credentials_file);
    if (!credentials) {
        return credentials.error();
    }
    return parse_profiles(*config, *credentials, {config_file.name, credentials_file.name});
}

std::string expand_home(const Environment& environment, std::string_view path) {
    const auto home = environment.setting("HOME");
    if (home && (path == "~" || path.starts_with("~/"))) {
        return *home + std::string(path.substr(1));
    }
    return std::string(path);
}

std::string profile_name(const Environment& environment) {
    if (auto name = environment.setting("AWS_DEFAULT_PROFILE")) {
        return *name;
    }
    return environment.setting("AWS_PROFILE").value_or("default");
}

Result<Profile> chosen_profile(const Profiles& profiles, std::string_view name) {
    const auto found = profiles.find(name);
    if (found != profiles.end()) {
        return found->second;
    }
    if (name != "default") {
        return fail(Errc::usage, "there is no profile {} in the AWS config and credentials files", printable(name));
    }
    Profile empty;
    empty.name = name;
    return empty;
}

Result<Profile> chosen_profile(const Environment& environment, const Profiles& profiles) {
    auto profile = chosen_profile(profiles, profile_name(environment));
    if (!profile) {
        return profile.error().within(environment.setting("AWS_DEFAULT_PROFILE") ? "AWS_DEFAULT_PROFILE"
                                                                                 : "AWS_PROFILE");
    }
    return profile;
}

AwsSetting setting_of(const Environment& environment, std::initializer_list<const char*> variables,
                      const Profile& profile, std::string_view key, const std::string& value) {
    for (const auto* const variable : variables) {
        if (auto found = environment.setting(variable)) {
            return {std::move(*found), variable};
        }
    }
    return value.empty() ? AwsSetting{}
                         : AwsSetting{value, fmt::format("profile {}: {}", printable(profile.name), key)};
}

AwsSetting region(const Environment& environment, const Profile& profile) {
    return setting_of(environment, {"AWS_REGION", "AWS_DEFAULT_REGION"}, profile, "region", profile.region);
}

Result<ServiceEndpoints> service_endpoints(const Environment& environment, const Profile& profile) {
    const auto is_on = [&](const char* variable, const std::string& of_profile) {
        return iequals(environment.setting(variable).value_or(of_profile), "true");
    };
    ServiceEndpoints endpoints;
    auto in_region = region(environment, profile);
    endpoints.region = std::move(in_region.value);
    endpoints.origins.region = std::move(in_region.origin);
    endpoints.variant.fips = is_on("AWS_USE_FIPS_ENDPOINT", profile.use_fips_endpoint);
    endpoints.variant.dualstack = is_on("AWS_USE_DUALSTACK_ENDPOINT", profile.use_dualstack_endpoint);
    endpoints.accelerate = profile.use_accelerate_endpoint;
    if (is_on("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", profile.ignore_endpoint_urls)) {
        return endpoints;
    }
    if (!profile.services_problem.empty()) {
        return fail(Errc::usage, "profile {}: {}", printable(profile.name), profile.services_problem);
    }
    const auto take_url = [&](const char* variable, std::string_view service, const std::string& of_service,
                              std::string& url, std::string& origin) {
        auto found = of_service.empty() ? setting_of(environment, {variable, "AWS_ENDPOINT_URL"}, profile,
                                                     "endpoint_url", profile.endpoint_url)
                                        : setting_of(environment, {variable, "AWS_ENDPOINT_URL"}, profile,
                                                     fmt::format("endpoint_url of {}", service), of_service);
        url = std::move(found.value);
        origin = std::move(found.origin);
    };
    auto& origins = endpoints.origins;
    take_url("AWS_ENDPOINT_URL_S3", "s3", profile.s3_endpoint_url, endpoints.s3_url, origins.s3);
    take_url("AWS_ENDPOINT_URL_STS", "sts", profile.sts_endpoint_url, endpoints.sts_url, origins.sts);
    take_url("AWS_ENDPOINT_URL_SSO", "sso", profile.sso_endpoint_url, endpoints.sso_url, origins.sso);
    take_url("AWS_ENDPOINT_URL_SSO_OIDC", "sso_oidc", profile.sso_oidc_endpoint_url, endpoints.sso_oidc_url,
             origins.sso_oidc);
    const bool has_general_url = environment.setting("AWS_ENDPOINT_URL").has_value();
    endpoints.names_sts = environment.setting("AWS_ENDPOINT_URL_STS").has_value() ||
                          (!has_general_url && !profile.sts_endpoint_url.empty()) ||
                          (!endpoints.sts_url.empty() && endpoints.sts_url != endpoints.s3_url);
    return endpoints;
}

}  // namespace tapalcatl::credentials
