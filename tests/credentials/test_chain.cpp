#include "credentials/chain.hpp"
#include "credentials/environment.hpp"

#include "tests/support/fake_environment.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <string>

namespace tapalcatl::credentials {
namespace {

using tests::machine;
using tests::Texts;

std::string described(const ProviderConfig& config);

struct Describe {
    std::string operator()(const StaticCredentials& config) const {
        return fmt::format("keys {} {} {}", config.credentials.access_key_id,
                           config.credentials.secret_access_key.reveal(), config.credentials.session_token.reveal());
    }
    std::string operator()(const AssumeRole& config) const {
        return fmt::format("role {} {} {} {} with [{}]", config.role_arn, config.session_name, config.external_id,
                           config.duration ? config.duration->count() : 0, described(*config.source));
    }
    std::string operator()(const WebIdentity& config) const {
        return fmt::format("web {} {} {}", config.role_arn, config.session_name, config.token_file);
    }
    std::string operator()(const Process& config) const { return "process " + config.command; }
    std::string operator()(const Container& config) const {
        return fmt::format("container {} {} {}", config.url, config.token.reveal(), config.token_file);
    }
    std::string operator()(const InstanceMetadata& config) const {
        auto text = "metadata " + config.endpoint;
        if (config.attempt_timeout && config.max_attempts) {
            text += fmt::format(" {} s, {} times", config.attempt_timeout->count(), *config.max_attempts);
        }
        return text;
    }
    std::string operator()(const Sso& config) const {
        return fmt::format("sso {} {} {} {}", config.region, config.account_id, config.role_name, config.token_file);
    }
    std::string operator()(const Anonymous&) const { return "anonymous"; }
};

/// A configuration in one line, with its secrets.
std::string described(const ProviderConfig& config) {
    return fmt::format("{}: {}", config.origin, std::visit(Describe{}, config.kind));
}

Result<ProviderConfig> resolved(const Texts& variables, const std::string& config, const std::string& credentials,
                                const ChainOptions& options = {}) {
    auto with_home = variables;
    with_home.emplace("HOME", "/h");
    const auto environment = machine(with_home);
    const auto profiles = parse_profiles(config, credentials);
    if (!profiles) {
        return profiles.error();
    }
    return resolve_chain(environment, *profiles, options);
}

const std::string keys_a = "aws_access_key_id = A\naws_secret_access_key = a\n";
const std::string keys_b = "aws_access_key_id = B\naws_secret_access_key = b\n";

struct ChainCase {
    std::string name;
    Texts variables;
    std::string config, credentials;
    std::string config_text;
};
void PrintTo(const ChainCase& chain_case, std::ostream* out) {
    *out << chain_case.name;
}
class Chains : public testing::TestWithParam<ChainCase> {};

TEST_P(Chains, are_what_is_configured_first_in_the_order_of_aws) {
    const auto& want = GetParam();
    const auto chain = resolved(want.variables, want.config, want.credentials);
    ASSERT_TRUE(chain) << chain.error();
    EXPECT_EQ(described(*chain), want.config_text);
}

INSTANTIATE_TEST_SUITE_P(
    Order, Chains,
    testing::Values(
        ChainCase{"nothing at all", {}, "", "", "instance metadata: metadata http://169.254.169.254"},
        ChainCase{"environment before everything",
                  {{"AWS_ACCESS_KEY_ID", "E"},
                   {"AWS_SECRET_ACCESS_KEY", "e"},
                   {"AWS_SESSION_TOKEN", "t"},
                   {"AWS_WEB_IDENTITY_TOKEN_FILE", "/t"},
                   {"AWS_ROLE_ARN", "arn:r"}},
                  "[default]\nrole_arn = arn:x\nsource_profile = default\n" + keys_a,
                  "[default]\n" + keys_b,
                  "environment: keys E e t"},
        ChainCase{"the older name of the session token",
                  {{"AWS_ACCESS_KEY_ID", "E"}, {"AWS_SECRET_ACCESS_KEY", "e"}, {"AWS_SECURITY_TOKEN", "t"}},
                  "",
                  "",
                  "environment: keys E e t"},
        ChainCase{"empty variables count as not set",
                  {{"AWS_ACCESS_KEY_ID", ""}, {"AWS_SECRET_ACCESS_KEY", ""}, {"AWS_PROFILE", ""}},
                  "",
                  "[default]\n" + keys_b,
                  "profile default: keys B b "},
        ChainCase{"a role of the profile before web identity of the environment",
                  {{"AWS_WEB_IDENTITY_TOKEN_FILE", "/t"}, {"AWS_ROLE_ARN", "arn:r"}},
                  "[default]\nrole_arn = arn:x\nsource_profile = b\nexternal_id = e\nrole_session_name = s\n"
                  "duration_seconds = 900\n",
                  "[b]\n" + keys_b,
                  "profile default: role arn:x s e 900 with [profile b: keys B b ]"},
        ChainCase{"web identity of the environment before keys",
                  {{"AWS_WEB_IDENTITY_TOKEN_FILE", "/t"}, {"AWS_ROLE_ARN", "arn:r"}, {"AWS_ROLE_SESSION_NAME", "s"}},
                  "",
                  "[default]\n" + keys_b,
                  "environment: web arn:r s /t"},
        ChainCase{"web identity of the profile",
                  {},
                  "[default]\nrole_arn = arn:x\nweb_identity_token_file = ~/t\nsource_profile = nobody\n",
                  "[default]\n" + keys_b,
                  "profile default: web arn:x  /h/t"},
        ChainCase{"single sign-on before keys; the file is named by the hash of the session",
                  {},
                  "[sso-session my-sso]\nsso_region = us-east-1\nsso_start_url = https://corp.example.com/start\n"
                  "[default]\nsso_session = my-sso\nsso_account_id = 123456789012\nsso_role_name = Reader\n",
                  "[default]\n" + keys_b,
                  "profile default: sso us-east-1 123456789012 Reader "
                  "/h/.aws/sso/cache/0ad374308c5a4e22f723adf10145eafad7c4031c.json"},
        ChainCase{"keys of the credentials file before a process",
                  {},
                  "[default]\ncredential_process = /p\n" + keys_a,
                  "[default]\n" + keys_b,
                  "profile default: keys B b "},
        ChainCase{"a process before keys of the config file",
                  {},
                  "[default]\ncredential_process = /p -x\n" + keys_a,
                  "",
                  "profile default: process /p -x"},
        ChainCase{"keys of the config file before the container",
                  {{"AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "/v2/c"}},
                  "[default]\n" + keys_a,
                  "",
                  "profile default: keys A a "},
        ChainCase{"the named profile",
                  {{"AWS_PROFILE", "b"}},
                  "",
                  "[default]\n" + keys_a + "[b]\n" + keys_b,
                  "profile b: keys B b "},
        ChainCase{"the container of ECS",
                  {{"AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "/v2/c?id=1"}},
                  "",
                  "",
                  "container: container http://169.254.170.2/v2/c?id=1  "},
        ChainCase{"the container of EKS",
                  {{"AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://169.254.170.23/v1/credentials"},
                   {"AWS_CONTAINER_AUTHORIZATION_TOKEN", "t"},
                   {"AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", "/var/token"}},
                  "",
                  "",
                  "container: container http://169.254.170.23/v1/credentials t /var/token"},
        ChainCase{"metadata elsewhere",
                  {{"AWS_EC2_METADATA_SERVICE_ENDPOINT", "http://localhost:1338/"}},
                  "",
                  "",
                  "instance metadata: metadata http://localhost:1338"},
        ChainCase{"metadata as the profile says",
                  {},
                  "[default]\nec2_metadata_service_endpoint = http://localhost:1338/\nmetadata_service_timeout = 5\n"
                  "metadata_service_num_attempts = 2\n",
                  "",
                  "instance metadata: metadata http://localhost:1338 5 s, 2 times"},
        ChainCase{"metadata as variables say before the profile",
                  {{"AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE", "IPv6"},
                   {"AWS_METADATA_SERVICE_TIMEOUT", "7"},
                   {"AWS_METADATA_SERVICE_NUM_ATTEMPTS", "4"}},
                  "[default]\nec2_metadata_service_endpoint_mode = IPv4\nmetadata_service_timeout = 5\n",
                  "",
                  "instance metadata: metadata http://[fd00:ec2::254] 7 s, 4 times"},
        ChainCase{"metadata over IPv6",
                  {{"AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE", "ipv6"}},
                  "",
                  "",
                  "instance metadata: metadata http://[fd00:ec2::254]"},
        ChainCase{"a broken profile that is not used",
                  {},
                  "[default]\n" + keys_a + "[profile other]\nsso_session = gone\nsso_account_id = 1\n",
                  "",
                  "profile default: keys A a "},
        ChainCase{"a secret without an id",
                  {{"AWS_SECRET_ACCESS_KEY", "e"}},
                  "[default]\naws_secret_access_key = a\n",
                  "[default]\n" + keys_b,
                  "profile default: keys B b "},
        ChainCase{"a secret without an id in a file",
                  {},
                  "[default]\n" + keys_a,
                  "[default]\naws_secret_access_key = b\n",
                  "profile default: keys A a "},
        ChainCase{"the older name of the session token before the newer",
                  {{"AWS_ACCESS_KEY_ID", "E"},
                   {"AWS_SECRET_ACCESS_KEY", "e"},
                   {"AWS_SECURITY_TOKEN", "old"},
                   {"AWS_SESSION_TOKEN", "new"}},
                  "",
                  "",
                  "environment: keys E e old"},
        ChainCase{"a web identity token in the home folder",
                  {{"AWS_WEB_IDENTITY_TOKEN_FILE", "~/t"}, {"AWS_ROLE_ARN", "arn:r"}},
                  "",
                  "",
                  "environment: web arn:r  /h/t"},
        ChainCase{"a container token in the home folder",
                  {{"AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://127.0.0.1/c"},
                   {"AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", "~/t"}},
                  "",
                  "",
                  "container: container http://127.0.0.1/c  /h/t"},
        ChainCase{"a profile that is its own source",
                  {},
                  "[default]\nrole_arn = arn:x\nsource_profile = default\n",
                  "[default]\n" + keys_b,
                  "profile default: role arn:x   0 with [profile default: keys B b ]"},
        ChainCase{"a role by way of a role",
                  {},
                  "[default]\nrole_arn = arn:1\nsource_profile = two\n"
                  "[profile two]\nrole_arn = arn:2\nsource_profile = three\n[profile three]\n" +
                      keys_a,
                  "",
                  "profile default: role arn:1   0 with [profile two: role arn:2   0 with [profile three: keys A a ]]"},
        ChainCase{"a source's keys before its role",
                  {},
                  "[default]\nrole_arn = arn:1\nsource_profile = two\n"
                  "[profile two]\nrole_arn = arn:2\nsource_profile = default\n",
                  "[two]\n" + keys_b,
                  "profile default: role arn:1   0 with [profile two: keys B b ]"},
        ChainCase{"a source that is a process",
                  {},
                  "[default]\nrole_arn = arn:1\nsource_profile = two\n[profile two]\ncredential_process = /p\n",
                  "",
                  "profile default: role arn:1   0 with [profile two: process /p]"},
        ChainCase{"a source that is the metadata service",
                  {},
                  "[default]\nrole_arn = arn:1\ncredential_source = ec2InstanceMetadata\n",
                  "",
                  "profile default: role arn:1   0 with [instance metadata: metadata http://169.254.169.254]"},
        ChainCase{"a source that is the container",
                  {{"AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "/c"}},
                  "[default]\nrole_arn = arn:1\ncredential_source = EcsContainer\n",
                  "",
                  "profile default: role arn:1   0 with [container: container http://169.254.170.2/c  ]"}));

TEST(GivenProfile, goes_before_keys_and_web_identity_of_the_environment) {
    const Texts variables{{"AWS_ACCESS_KEY_ID", "E"},
                          {"AWS_SECRET_ACCESS_KEY", "e"},
                          {"AWS_WEB_IDENTITY_TOKEN_FILE", "/t"},
                          {"AWS_ROLE_ARN", "arn:r"},
                          {"AWS_PROFILE", "a"}};
    const auto chain = resolved(variables, "", "[a]\n" + keys_a + "[b]\n" + keys_b,
                                {.anonymous = false, .role_arn = {}, .profile = "b"});
    ASSERT_TRUE(chain) << chain.error();
    EXPECT_EQ(described(*chain), "profile b: keys B b ");
}

TEST(GivenProfile, may_name_the_environment_as_the_source_of_its_role) {
    const Texts variables{{"AWS_ACCESS_KEY_ID", "E"}, {"AWS_SECRET_ACCESS_KEY", "e"}};
    const auto chain = resolved(variables, "[profile b]\nrole_arn = arn:x\ncredential_source = Environment\n", "",
                                {.anonymous = false, .role_arn = {}, .profile = "b"});
    ASSERT_TRUE(chain) << chain.error();
    EXPECT_EQ(described(*chain), "profile b: role arn:x   0 with [environment: keys E e ]");
}

struct RefusedChainCase {
    std::string name;
    Texts variables;
    std::string config, credentials;
    Errc code;
    std::string message;
};
void PrintTo(const RefusedChainCase& refused, std::ostream* out) {
    *out << refused.name;
}
class RefusedChains : public testing::TestWithParam<RefusedChainCase> {};

TEST_P(RefusedChains, say_what_is_missing) {
    const auto chain = resolved(GetParam().variables, GetParam().config, GetParam().credentials);
    ASSERT_FALSE(chain) << described(*chain);
    EXPECT_EQ(chain.error().message, GetParam().message);
    EXPECT_EQ(chain.error().code, GetParam().code);
}

INSTANTIATE_TEST_SUITE_P(
    Kinds, RefusedChains,
    testing::Values(
        RefusedChainCase{"only an id",
                         {{"AWS_ACCESS_KEY_ID", "E"}},
                         "",
                         "[default]\n" + keys_b,
                         Errc::usage,
                         "AWS_ACCESS_KEY_ID is set, AWS_SECRET_ACCESS_KEY is missing"},
        RefusedChainCase{"a line break in the secret",
                         {{"AWS_ACCESS_KEY_ID", "E"}, {"AWS_SECRET_ACCESS_KEY", "e\n"}},
                         "",
                         "",
                         Errc::usage,
                         "AWS_SECRET_ACCESS_KEY has a blank or another character that is not allowed"},
        RefusedChainCase{"a blank in the secret of a profile",
                         {},
                         "",
                         "[default]\naws_access_key_id = B\naws_secret_access_key = b c\n",
                         Errc::usage,
                         "profile default: aws_secret_access_key has a blank or another character that is not allowed"},
        RefusedChainCase{
            "an expiration that is no time",
            {{"AWS_ACCESS_KEY_ID", "E"}, {"AWS_SECRET_ACCESS_KEY", "e"}, {"AWS_CREDENTIAL_EXPIRATION", "soon"}},
            "",
            "",
            Errc::usage,
            "AWS_CREDENTIAL_EXPIRATION='soon': expected a time such as 2026-11-23T12:00:00Z"},
        RefusedChainCase{"half of the keys in the credentials file, all in the other",
                         {},
                         "[default]\n" + keys_a,
                         "[default]\naws_access_key_id = B\n",
                         Errc::usage,
                         "profile default: aws_secret_access_key is missing"},
        RefusedChainCase{"no such profile",
                         {{"AWS_PROFILE", "prod"}},
                         "",
                         "[default]\n" + keys_b,
                         Errc::usage,
                         "AWS_PROFILE: there is no profile prod in the AWS config and credentials files"},
        RefusedChainCase{"a role without a source",
                         {},
                         "[default]\nrole_arn = arn:x\n",
                         "",
                         Errc::usage,
                         "profile default: role_arn needs source_profile or credential_source"},
        RefusedChainCase{"a role with two sources",
                         {},
                         "[default]\nrole_arn = arn:x\nsource_profile = b\ncredential_source = Environment\n",
                         "[b]\n" + keys_b,
                         Errc::usage,
                         "profile default: role_arn needs source_profile or credential_source, not both"},
        RefusedChainCase{
            "an unknown source",
            {},
            "[default]\nrole_arn = arn:x\ncredential_source = Magic\n",
            "",
            Errc::usage,
            "profile default: credential_source is Magic, expected Environment, EcsContainer or Ec2InstanceMetadata"},
        RefusedChainCase{"a named source that has nothing",
                         {},
                         "[default]\nrole_arn = arn:x\ncredential_source = Environment\n",
                         "",
                         Errc::usage,
                         "profile default: credential_source is Environment, which has no credentials"},
        RefusedChainCase{"a source that is not there",
                         {},
                         "[default]\nrole_arn = arn:x\nsource_profile = b\n",
                         "",
                         Errc::usage,
                         "profile default: source_profile b does not exist"},
        RefusedChainCase{"a source without credentials",
                         {},
                         "[default]\nrole_arn = arn:x\nsource_profile = b\n[profile b]\nregion = r\n",
                         "",
                         Errc::usage,
                         "profile default: source_profile b has no credentials"},
        RefusedChainCase{"a profile that is its own source without keys",
                         {},
                         "[default]\nrole_arn = arn:x\nsource_profile = default\n",
                         "",
                         Errc::usage,
                         "profile default: source_profile default is part of a cycle"},
        RefusedChainCase{"sources in a circle",
                         {},
                         "[default]\nrole_arn = arn:1\nsource_profile = b\n[profile b]\nrole_arn = arn:2\n"
                         "source_profile = c\n[profile c]\nrole_arn = arn:3\nsource_profile = b\n",
                         "",
                         Errc::usage,
                         "profile c: source_profile b is part of a cycle"},
        RefusedChainCase{"somebody must type a code",
                         {},
                         "[default]\nrole_arn = arn:x\nsource_profile = b\nmfa_serial = m\n",
                         "[b]\n" + keys_b,
                         Errc::unsupported,
                         "profile default: mfa_serial is not supported, because a server cannot ask for a code; use "
                         "another profile"},
        RefusedChainCase{"web identity without a role",
                         {{"AWS_WEB_IDENTITY_TOKEN_FILE", "/t"}},
                         "",
                         "",
                         Errc::usage,
                         "AWS_WEB_IDENTITY_TOKEN_FILE is set, AWS_ROLE_ARN is missing"},
        RefusedChainCase{"single sign-on with a session that does not exist",
                         {},
                         "[default]\nsso_session = gone\nsso_account_id = 1\nsso_role_name = r\n",
                         "",
                         Errc::usage,
                         "profile default: sso-session gone does not exist"},
        RefusedChainCase{"a session of aws login",
                         {{"AWS_PROFILE", "dev"}},
                         "[profile dev]\nlogin_session = arn:aws:iam::1:user/me\n",
                         "",
                         Errc::unsupported,
                         "profile dev: login_session (aws login) is not supported; use another profile with "
                         "credential_process = aws configure export-credentials --profile dev --format process"},
        RefusedChainCase{"no time for the metadata service",
                         {{"AWS_METADATA_SERVICE_TIMEOUT", "soon"}},
                         "",
                         "",
                         Errc::usage,
                         "AWS_METADATA_SERVICE_TIMEOUT='soon': expected a number from 1 to 1000"},
        RefusedChainCase{"no attempts for the metadata service",
                         {{"AWS_DEFAULT_PROFILE", "ec2"}},
                         "[profile ec2]\nmetadata_service_num_attempts = 0\n",
                         "",
                         Errc::usage,
                         "profile ec2: metadata_service_num_attempts='0': expected a number from 1 to 1000"},
        RefusedChainCase{"no address of the metadata service",
                         {},
                         "[default]\nec2_metadata_service_endpoint = 169.254.169.254\n",
                         "",
                         Errc::usage,
                         "profile default: ec2_metadata_service_endpoint='169.254.169.254': expected a URL such as "
                         "http://169.254.169.254"},
        RefusedChainCase{"no family of the metadata service",
                         {{"AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE", "v6"}},
                         "",
                         "",
                         Errc::usage,
                         "AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE='v6': expected IPv4 or IPv6"},
        RefusedChainCase{"single sign-on without a region",
                         {},
                         "[default]\nsso_account_id = 1\nsso_role_name = r\nsso_start_url = https://x\n",
                         "",
                         Errc::usage,
                         "profile default: sso_region is missing"},
        RefusedChainCase{
            "nothing, and no metadata service",
            {{"AWS_EC2_METADATA_DISABLED", "True"}},
            "",
            "",
            Errc::denied,
            "no AWS credentials: neither in the environment nor in profile default, and "
            "AWS_EC2_METADATA_DISABLED is set; set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE, "
            "or TAPALCATL_ANONYMOUS=on for a public bucket"}));

TEST(OwnSettings, are_anonymous_if_asked_for_whatever_the_environment_has) {
    const auto chain = resolved({{"AWS_ACCESS_KEY_ID", "E"}}, "", "", {.anonymous = true, .role_arn = {}});
    ASSERT_TRUE(chain) << chain.error();
    EXPECT_EQ(described(*chain), "anonymous: anonymous");
    EXPECT_FALSE(resolved({}, "", "", {.anonymous = true, .role_arn = "arn:x"}));
}

TEST(OwnSettings, put_a_role_on_top_of_the_chain) {
    const auto chain = resolved({}, "", "[default]\n" + keys_b, {.anonymous = false, .role_arn = "arn:mine"});
    ASSERT_TRUE(chain) << chain.error();
    EXPECT_EQ(described(*chain), "TAPALCATL_ROLE_ARN: role arn:mine   0 with [profile default: keys B b ]");
}

TEST(EnvironmentKeys, know_when_they_expire) {
    const auto keys = environment_credentials(machine({{"AWS_ACCESS_KEY_ID", "E"},
                                                       {"AWS_SECRET_ACCESS_KEY", "e"},
                                                       {"AWS_CREDENTIAL_EXPIRATION", "1970-01-02T00:00:00Z"}}));
    ASSERT_TRUE(keys && *keys);
    EXPECT_EQ((*keys)->expires, WallTime(std::chrono::hours(24)));
}

}  // namespace
}  // namespace tapalcatl::credentials
