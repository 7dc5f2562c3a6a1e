#include "credentials/profile.hpp"

#include "tests/support/fake_environment.hpp"

#include <gtest/gtest.h>

#include <string>

namespace tapalcatl::credentials {
namespace {

using tests::machine;

Profile profile_of(std::string_view config, std::string_view credentials, std::string_view name) {
    const auto profiles = parse_profiles(config, credentials);
    EXPECT_TRUE(profiles) << profiles.error();
    const auto found = profiles->find(name);
    EXPECT_NE(found, profiles->end()) << name;
    return found == profiles->end() ? Profile{} : found->second;
}

TEST(Profiles, have_every_setting_that_is_used) {
    const auto profile = profile_of(R"(
[profile tiles]
region = eu-central-1
endpoint_url = https://all.example.com
role_arn = arn:aws:iam::123456789012:role/tiles
source_profile = base
external_id = e/1
role_session_name = s
mfa_serial = m
duration_seconds = 3600
credential_process = "/opt/a b" -x
web_identity_token_file = /t
ca_bundle = /ca.pem
ignore_configured_endpoint_urls = TRUE
use_fips_endpoint = true
use_dualstack_endpoint = true
s3 =
  use_dualstack_endpoint = false
  use_accelerate_endpoint = true
  addressing_style = path
)",
                                    "", "tiles");
    EXPECT_EQ(profile.name, "tiles");
    EXPECT_EQ(profile.region, "eu-central-1");
    EXPECT_EQ(profile.endpoint_url, "https://all.example.com");
    EXPECT_EQ(profile.role_arn, "arn:aws:iam::123456789012:role/tiles");
    EXPECT_EQ(profile.source_profile, "base");
    EXPECT_EQ(profile.external_id, "e/1");
    EXPECT_EQ(profile.role_session_name, "s");
    EXPECT_EQ(profile.mfa_serial, "m");
    EXPECT_EQ(profile.duration, std::chrono::seconds(3600));
    EXPECT_EQ(profile.credential_process, R"("/opt/a b" -x)");
    EXPECT_EQ(profile.web_identity_token_file, "/t");
    EXPECT_EQ(profile.ca_bundle, "/ca.pem");
    EXPECT_EQ(profile.s3_addressing_style, "path");
    EXPECT_EQ(profile.ignore_endpoint_urls, "TRUE");
    EXPECT_EQ(profile.use_fips_endpoint, "true");
    EXPECT_EQ(profile.use_dualstack_endpoint, "false");
    EXPECT_TRUE(profile.use_accelerate_endpoint);
    EXPECT_FALSE(profile.has_keys());
}

TEST(Profiles, take_the_endpoint_of_s3_from_the_services_they_name) {
    const auto profile = profile_of(
        "[services local]\ns3 =\n  endpoint_url = http://localhost:9000\nsts =\n  endpoint_url = http://sts\n"
        "[default]\nservices = local\n",
        "", "default");
    EXPECT_EQ(profile.s3_endpoint_url, "http://localhost:9000");
    EXPECT_EQ(profile.sts_endpoint_url, "http://sts");
    EXPECT_EQ(profile.endpoint_url, "");
}

TEST(Profiles, are_named_with_profile_in_one_file_and_without_in_the_other) {
    const auto profiles = parse_profiles(
        "[x]\nregion = a\n[profile y]\nregion = b\n[profile \"my z\"]\nregion = c\n"
        "[profilew]\nregion = d\n[profile two words]\nregion = e\n",
        "[x]\nregion = f\n[profile v]\nregion = g\n");
    ASSERT_TRUE(profiles);
    EXPECT_EQ(profiles->size(), 4U);
    EXPECT_EQ(profiles->at("x").region, "f");
    EXPECT_EQ(profiles->at("y").region, "b");
    EXPECT_EQ(profiles->at("my z").region, "c");
    EXPECT_EQ(profiles->at("profile v").region, "g");
}

TEST(Profiles, called_default_are_better_said_with_profile) {
    EXPECT_EQ(profile_of("[profile default]\nregion = a\n[default]\nregion = b\n", "", "default").region, "a");
    EXPECT_EQ(profile_of("[default]\nregion = b\n", "", "default").region, "b");
}

TEST(Profiles, keep_the_keys_of_the_two_files_apart) {
    const auto profile = profile_of("[default]\naws_access_key_id = A\naws_secret_access_key = a\n",
                                    "[default]\naws_access_key_id = B\naws_security_token = t\n", "default");
    EXPECT_EQ(profile.config_file_keys.access_key_id, "A");
    EXPECT_EQ(profile.config_file_keys.secret_access_key, Secret("a"));
    EXPECT_EQ(profile.credentials_file_keys.access_key_id, "B");
    EXPECT_EQ(profile.credentials_file_keys.secret_access_key, std::nullopt);
    EXPECT_EQ(profile.credentials_file_keys.session_token, Secret("t"));
}

TEST(Profiles, take_what_the_sso_session_has) {
    const auto profile = profile_of(
        "[sso-session corp]\nsso_region = us-east-1\nsso_start_url = https://corp.example.com\n"
        "[profile dev]\nsso_session = corp\nsso_account_id = 1\nsso_role_name = Reader\n",
        "", "dev");
    EXPECT_EQ(profile.sso.region, "us-east-1");
    EXPECT_EQ(profile.sso.start_url, "https://corp.example.com");
}

TEST(Profiles, that_disagree_with_their_sso_session_have_a_problem) {
    EXPECT_EQ(profile_of("[profile dev]\nsso_session = corp\n", "", "dev").sso.problem,
              "sso-session corp does not exist");
    const auto other = profile_of(
        "[sso-session corp]\nsso_region = a\n[profile dev]\nsso_session = corp\nsso_region = b\n", "", "dev");
    EXPECT_EQ(other.sso.problem, "sso_region differs from that of sso-session corp");
}

TEST(Profiles, ignore_a_duration_that_no_role_can_have) {
    for (const auto* duration : {"899", "43201", "-1", "1h", "99999999999999999999", ""}) {
        const auto text = std::string("[default]\nduration_seconds = ") + duration + "\n";
        EXPECT_EQ(profile_of(text, "", "default").duration, std::nullopt) << duration;
    }
}

TEST(ProfileFiles, are_found_by_variables_or_below_home) {
    const auto by_variable = load_profiles(
        machine({{"AWS_CONFIG_FILE", "~/c"}, {"HOME", "/h"}},
                {{"/h/c", "[default]\nregion = a\n"}, {"/h/.aws/credentials", "[default]\naws_access_key_id = A\n"}}));
    ASSERT_TRUE(by_variable) << by_variable.error();
    EXPECT_EQ(by_variable->at("default").region, "a");
    EXPECT_EQ(by_variable->at("default").credentials_file_keys.access_key_id, "A");
}

TEST(ProfileFiles, may_both_be_missing) {
    const auto profiles = load_profiles(machine({}));
    ASSERT_TRUE(profiles);
    EXPECT_TRUE(profiles->empty());
}

TEST(ProfileFiles, that_cannot_be_read_are_not_passed_over) {
    auto environment = machine({{"HOME", "/h"}});
    environment.file = [](const std::string&) -> Result<std::string> { return fail(Errc::io, "permission denied"); };
    const auto profiles = load_profiles(environment);
    ASSERT_FALSE(profiles);
    EXPECT_EQ(profiles.error().message, "/h/.aws/config: permission denied");
}

TEST(ProfileFiles, that_are_broken_say_which_and_where) {
    const auto profiles = parse_profiles("", "[default]\nsecret\n");
    ASSERT_FALSE(profiles);
    EXPECT_EQ(profiles.error().message, "AWS credentials file: line 2: neither a section nor \"key = value\"");
}

TEST(ProfileFiles, that_are_broken_are_named_by_the_variable_that_names_them) {
    const auto broken =
        load_profiles(machine({{"AWS_CONFIG_FILE", "/etc/aws"}}, {{"/etc/aws", "[default]\nsecret\n"}}));
    ASSERT_FALSE(broken);
    EXPECT_EQ(broken.error().message, "AWS_CONFIG_FILE='/etc/aws': line 2: neither a section nor \"key = value\"");
    const auto usual = load_profiles(machine({{"HOME", "/h"}}, {{"/h/.aws/credentials", "[default]\nsecret\n"}}));
    ASSERT_FALSE(usual);
    EXPECT_EQ(usual.error().message, "/h/.aws/credentials: line 2: neither a section nor \"key = value\"");
}

TEST(ProfileNames, come_from_two_variables) {
    EXPECT_EQ(profile_name(machine({})), "default");
    EXPECT_EQ(profile_name(machine({{"AWS_DEFAULT_PROFILE", "a"}})), "a");
    EXPECT_EQ(profile_name(machine({{"AWS_DEFAULT_PROFILE", "a"}, {"AWS_PROFILE", "b"}})), "a");
    EXPECT_EQ(profile_name(machine({{"AWS_PROFILE", "b"}})), "b");
    EXPECT_EQ(profile_name(machine({{"AWS_PROFILE", ""}})), "default");
}

TEST(ChosenProfiles, must_be_there_unless_it_is_the_default) {
    EXPECT_TRUE(chosen_profile({}, "default"));
    const auto missing = chosen_profile({}, "prod\n");
    ASSERT_FALSE(missing);
    EXPECT_EQ(missing.error().code, Errc::usage);
    EXPECT_EQ(missing.error().message, "there is no profile prod\\x0a in the AWS config and credentials files");
}

TEST(Regions, come_from_two_variables_and_the_profile) {
    Profile profile;
    profile.name = "tiles";
    EXPECT_EQ(region(machine({}), profile).value, "");
    profile.region = "c";
    EXPECT_EQ(region(machine({}), profile).given(), "profile tiles: region='c'");
    EXPECT_EQ(region(machine({{"AWS_DEFAULT_REGION", "b"}}), profile).given(), "AWS_DEFAULT_REGION='b'");
    EXPECT_EQ(region(machine({{"AWS_DEFAULT_REGION", "b"}, {"AWS_REGION", "a"}}), profile).given(), "AWS_REGION='a'");
}

std::string s3_url_of(const Environment& environment, const Profile& profile) {
    const auto endpoints = service_endpoints(environment, profile);
    return endpoints ? endpoints->s3_url : endpoints.error().message;
}

TEST(ConfiguredEndpoints, come_from_variables_before_the_profile_and_for_s3_before_all) {
    Profile profile;
    EXPECT_EQ(s3_url_of(machine({}), profile), "");
    profile.endpoint_url = "d";
    EXPECT_EQ(s3_url_of(machine({}), profile), "d");
    profile.s3_endpoint_url = "c";
    EXPECT_EQ(s3_url_of(machine({}), profile), "c");
    EXPECT_EQ(s3_url_of(machine({{"AWS_ENDPOINT_URL", "b"}}), profile), "b");
    EXPECT_EQ(s3_url_of(machine({{"AWS_ENDPOINT_URL", "b"}, {"AWS_ENDPOINT_URL_S3", "a"}}), profile), "a");
}

TEST(ConfiguredEndpoints, know_where_they_are_configured) {
    Profile profile;
    profile.name = "tiles";
    const auto s3_origin = [&](const Environment& environment) {
        return service_endpoints(environment, profile)->origins.s3;
    };
    EXPECT_EQ(s3_origin(machine({})), "");
    profile.endpoint_url = "d";
    EXPECT_EQ(s3_origin(machine({})), "profile tiles: endpoint_url");
    profile.s3_endpoint_url = "c";
    EXPECT_EQ(s3_origin(machine({})), "profile tiles: endpoint_url of s3");
    EXPECT_EQ(s3_origin(machine({{"AWS_ENDPOINT_URL", "b"}})), "AWS_ENDPOINT_URL");
    EXPECT_EQ(s3_origin(machine({{"AWS_ENDPOINT_URL", "b"}, {"AWS_ENDPOINT_URL_S3", "a"}})), "AWS_ENDPOINT_URL_S3");
}

TEST(ConfiguredEndpoints, name_sts_if_they_are_meant_for_it) {
    const auto names_sts = [](const Environment& environment, const Profile& profile) {
        return service_endpoints(environment, profile)->names_sts;
    };
    Profile profile;
    EXPECT_FALSE(names_sts(machine({}), profile));
    EXPECT_FALSE(names_sts(machine({{"AWS_ENDPOINT_URL", "a"}}), profile));
    EXPECT_TRUE(names_sts(machine({{"AWS_ENDPOINT_URL", "a"}, {"AWS_ENDPOINT_URL_STS", "a"}}), profile));
    EXPECT_TRUE(names_sts(machine({{"AWS_ENDPOINT_URL", "a"}, {"AWS_ENDPOINT_URL_S3", "b"}}), profile));
    profile.sts_endpoint_url = "a";
    EXPECT_FALSE(names_sts(machine({{"AWS_ENDPOINT_URL", "a"}}), profile));
    profile.endpoint_url = "a";
    EXPECT_TRUE(names_sts(machine({}), profile));
}

TEST(ConfiguredEndpoints, can_be_switched_off) {
    Profile profile;
    profile.endpoint_url = "a";
    EXPECT_EQ(s3_url_of(machine({{"AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "true"}}), profile), "");
    profile.ignore_endpoint_urls = "True";
    EXPECT_EQ(s3_url_of(machine({}), profile), "");
    EXPECT_EQ(s3_url_of(machine({{"AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "false"}}), profile), "a");
}

TEST(ConfiguredEndpoints, of_a_missing_services_section_are_refused_where_they_are_used) {
    const auto profile = profile_of("[default]\nservices = gone\n", "", "default");
    EXPECT_EQ(s3_url_of(machine({}), profile), "profile default: services section gone does not exist");
    EXPECT_EQ(s3_url_of(machine({{"AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "true"}}), profile), "");
}

TEST(EndpointVariants, come_from_variables_before_the_profile) {
    Profile profile;
    profile.use_fips_endpoint = "true";
    const auto from_profile = service_endpoints(machine({}), profile);
    ASSERT_TRUE(from_profile);
    EXPECT_EQ(from_profile->variant, (aws::EndpointVariant{true, false}));
    const auto from_variables = service_endpoints(
        machine({{"AWS_USE_FIPS_ENDPOINT", "false"}, {"AWS_USE_DUALSTACK_ENDPOINT", "True"}}), profile);
    ASSERT_TRUE(from_variables);
    EXPECT_EQ(from_variables->variant, (aws::EndpointVariant{false, true}));
}

}  // namespace
}  // namespace tapalcatl::credentials
