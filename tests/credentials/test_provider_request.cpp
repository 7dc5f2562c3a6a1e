#include "credentials/provider_request.hpp"

#include "tests/support/fake_environment.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <string>

namespace tapalcatl::credentials {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using tests::machine;

const aws::Credentials source{"AKIAIOSFODNN7EXAMPLE", Secret("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"), {}, {}};
constexpr WallTime time_of_request = std::chrono::sys_days(std::chrono::year(2026) / 11 / 23) + 4h + 39min + 7s;

std::string header(const ProviderRequest& request, std::string_view name) {
    for (const auto& one : request.headers) {
        if (one.name == name) {
            return one.value;
        }
    }
    return "(none)";
}

TEST(RoleRequests, are_signed_forms) {
    const auto sts = sts_address(machine({}), "eu-central-1");
    ASSERT_TRUE(sts) << sts.error();
    aws::Signer signer;
    const AssumeRole config{"arn:aws:iam::123456789012:role/tiles", "", "e/1 +", 900s, nullptr};
    const auto request = assume_role_request(config, source, *sts, signer, time_of_request);
    EXPECT_EQ(request.method, "POST");
    EXPECT_EQ(request.url, "https://sts.eu-central-1.amazonaws.com/");
    EXPECT_EQ(header(request, "host"), "sts.eu-central-1.amazonaws.com");
    EXPECT_EQ(request.body,
              "Action=AssumeRole&DurationSeconds=900&ExternalId=e%2F1%20%2B&RoleArn=arn%3Aaws%3Aiam%3A%3A123456789012%"
              "3Arole%2Ftiles&RoleSessionName=tapalcatl&Version=2011-06-15");
    EXPECT_THAT(header(request, "authorization"),
                HasSubstr("Credential=AKIAIOSFODNN7EXAMPLE/20261123/eu-central-1/sts/aws4_request, "
                          "SignedHeaders=content-type;host;x-amz-content-sha256;x-amz-date"));
    EXPECT_EQ(header(request, "x-amz-content-sha256"), hex(sha256(as_bytes(request.body))));
}

TEST(WebIdentityRequests, carry_the_token_and_no_signature) {
    const StsAddress sts{"http://localhost:5000/", "us-east-1"};
    const auto request = web_identity_request({"arn:r", "s", "/t"}, "a.b+c==\n", sts);
    ASSERT_TRUE(request) << request.error();
    EXPECT_EQ(request->body,
              "Action=AssumeRoleWithWebIdentity&RoleArn=arn%3Ar&RoleSessionName=s&Version=2011-06-15&"
              "WebIdentityToken=a.b%2Bc%3D%3D");
    EXPECT_EQ(header(*request, "host"), "localhost:5000");
    EXPECT_EQ(header(*request, "authorization"), "(none)");
    EXPECT_EQ(web_identity_request({"arn:r", "s", "/t"}, "\n", sts).error().code, Errc::usage);
}

TEST(StsAddresses, are_of_the_region_or_of_a_variable) {
    EXPECT_EQ(sts_address(machine({}), "")->url, "https://sts.us-east-1.amazonaws.com/");
    EXPECT_EQ(sts_address(machine({}), "cn-north-1")->url, "https://sts.cn-north-1.amazonaws.com.cn/");
    EXPECT_EQ(sts_address(machine({{"AWS_ENDPOINT_URL", "http://localhost:5000/"}}), "")->url,
              "http://localhost:5000/");
    EXPECT_EQ(sts_address(machine({{"AWS_ENDPOINT_URL", "http://a"}, {"AWS_ENDPOINT_URL_STS", "https://b"}}), "")->url,
              "https://b/");
    EXPECT_FALSE(sts_address(machine({}), "evil.example/"));
    for (const auto* bad :
         {"localhost", "https://", "https://a/b", "https://a?b", "https://u:p@a", "https://a\r\nb", "ftp://a"}) {
        EXPECT_FALSE(sts_address(machine({{"AWS_ENDPOINT_URL_STS", bad}}), "")) << bad;
    }
}

TEST(ContainerRequests, carry_the_token_of_the_file_without_its_last_line_break) {
    const Container config{"http://169.254.170.23/v1/credentials", {}, "/token"};
    const auto request = container_request(config, Secret("Bearer x\n"));
    ASSERT_TRUE(request) << request.error();
    EXPECT_EQ(request->method, "GET");
    EXPECT_EQ(request->url, config.url);
    EXPECT_EQ(header(*request, "host"), "169.254.170.23");
    EXPECT_EQ(header(*request, "authorization"), "Bearer x");
    EXPECT_EQ(header(*container_request(config, {}), "authorization"), "(none)");
}

TEST(ContainerRequests, do_not_let_a_token_become_another_header) {
    const auto request = container_request({"http://localhost/", {}, {}}, Secret("x\r\nHost: evil"));
    ASSERT_FALSE(request);
    EXPECT_EQ(request.error().message, "the container's authorization token cannot be in a header");
}

TEST(MetadataRequests, ask_for_a_token_then_the_role_then_its_credentials) {
    const InstanceMetadata config{"http://169.254.169.254"};
    const auto first = metadata_token_request(config);
    EXPECT_EQ(first.method + ' ' + first.url, "PUT http://169.254.169.254/latest/api/token");
    EXPECT_EQ(header(first, "x-aws-ec2-metadata-token-ttl-seconds"), "21600");
    const auto second = metadata_role_request(config, Secret("t==\n"));
    ASSERT_FALSE(second) << "a token has no line break";
    const auto again = metadata_role_request(config, Secret("t=="));
    ASSERT_TRUE(again) << again.error();
    EXPECT_EQ(again->url, "http://169.254.169.254/latest/meta-data/iam/security-credentials/");
    EXPECT_EQ(header(*again, "x-aws-ec2-metadata-token"), "t==");
    const auto third = metadata_credentials_request(config, Secret("t=="), "my role/..\nother");
    ASSERT_TRUE(third) << third.error();
    EXPECT_EQ(third->url, "http://169.254.169.254/latest/meta-data/iam/security-credentials/my%20role%2F..");
    EXPECT_FALSE(metadata_credentials_request(config, Secret("t=="), "\n"));
    EXPECT_EQ(metadata_region_request(config, Secret("t=="))->url,
              "http://169.254.169.254/latest/meta-data/placement/region");
}

TEST(SsoRequests, carry_a_token_that_has_not_expired) {
    const Sso config{"us-east-1", "123456789012", "Tile Reader", "/f"};
    const SsoToken token{Secret("t0k"), time_of_request};
    const auto request = sso_request(config, token, time_of_request - 1s);
    ASSERT_TRUE(request) << request.error();
    EXPECT_EQ(request->url,
              "https://portal.sso.us-east-1.amazonaws.com/federation/credentials?account_id=123456789012&"
              "role_name=Tile%20Reader");
    EXPECT_EQ(header(*request, "x-amz-sso_bearer_token"), "t0k");
    const auto late = sso_request(config, token, time_of_request);
    ASSERT_FALSE(late);
    EXPECT_EQ(late.error().code, Errc::denied);
}

}  // namespace
}  // namespace tapalcatl::credentials
