#include "credentials/json_response.hpp"
#include "credentials/process.hpp"
#include "credentials/sso.hpp"
#include "credentials/sts.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <string>

namespace tapalcatl::credentials {
namespace {

const std::string sts_answer = R"(<AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">
  <AssumeRoleResult>
    <AssumedRoleUser><AssumedRoleId>ARO123:s</AssumedRoleId><Arn>arn:aws:sts::1:assumed-role/r/s</Arn></AssumedRoleUser>
    <Credentials>
      <AccessKeyId>ASIAEXAMPLE</AccessKeyId>
      <SecretAccessKey>wJalr/K7MDENG</SecretAccessKey>
      <SessionToken>
        AQoDYXdzEPT==
      </SessionToken>
      <Expiration>2026-11-23T12:00:00Z</Expiration>
    </Credentials>
  </AssumeRoleResult>
  <ResponseMetadata><RequestId>c6104cbe</RequestId></ResponseMetadata>
</AssumeRoleResponse>)";

const std::string container_answer = R"({"Code":"Success","LastUpdated":"2026-11-23T06:00:00Z","Type":"AWS-HMAC",
"AccessKeyId":"ASIAEXAMPLE","SecretAccessKey":"wJalr/K7MDENG","Token":"AQoDYXdzEPT==",
"Expiration":"2026-11-23T12:00:00Z"})";

const std::string process_answer = R"({"Version":1,"AccessKeyId":"ASIAEXAMPLE","SecretAccessKey":"wJalr/K7MDENG",
"SessionToken":"AQoDYXdzEPT==","Expiration":"2026-11-23T12:00:00+00:00"})";

const std::string sso_answer = R"({"roleCredentials":{"accessKeyId":"ASIAEXAMPLE","secretAccessKey":"wJalr/K7MDENG",
"sessionToken":"AQoDYXdzEPT==","expiration":1795435200000}})";

const std::string sso_token = R"({"startUrl":"https://corp.example.com","region":"us-east-1","accessToken":"t0k",
"expiresAt":"2026-11-23T12:00:00UTC"})";

const aws::Credentials want{"ASIAEXAMPLE", Secret("wJalr/K7MDENG"), Secret("AQoDYXdzEPT=="),
                            std::chrono::sys_days(std::chrono::year(2026) / 11 / 23) + std::chrono::hours(12)};

using Parse = Result<aws::Credentials> (*)(std::string_view);

struct ResponseCase {
    std::string name;
    Parse parse;
    std::string text;
};
void PrintTo(const ResponseCase& answer, std::ostream* out) {
    *out << answer.name;
}
class Responses : public testing::TestWithParam<ResponseCase> {};

TEST_P(Responses, bring_credentials_that_expire) {
    const auto credentials = GetParam().parse(GetParam().text);
    ASSERT_TRUE(credentials) << credentials.error();
    EXPECT_EQ(*credentials, want);
    EXPECT_EQ(credentials->secret_access_key, want.secret_access_key);
    EXPECT_EQ(credentials->expires, want.expires);
}

TEST_P(Responses, cut_at_any_length_are_refused_without_a_secret_in_the_message) {
    const auto& text = GetParam().text;
    for (std::size_t size = 0; size < text.size(); ++size) {
        const auto credentials = GetParam().parse(text.substr(0, size));
        ASSERT_FALSE(credentials) << size;
        EXPECT_EQ(credentials.error().code, Errc::corrupt) << size;
        EXPECT_EQ(credentials.error().message.find("wJalr"), std::string::npos);
    }
}

TEST_P(Responses, with_any_byte_changed_are_refused_or_have_what_a_header_can_carry) {
    for (std::size_t place = 0; place < GetParam().text.size(); ++place) {
        for (const char c : {'\0', '\n', '"', '<', '{', '\xff', '&'}) {
            auto text = GetParam().text;
            text[place] = c;
            const auto credentials = GetParam().parse(text);
            if (credentials) {
                EXPECT_TRUE(aws::checked(*credentials));
            }
        }
    }
}

TEST_P(Responses, that_are_too_large_are_refused) {
    const auto credentials = GetParam().parse(GetParam().text + std::string(max_response_bytes, ' '));
    ASSERT_FALSE(credentials);
    EXPECT_EQ(credentials.error().code, Errc::too_large);
}

INSTANTIATE_TEST_SUITE_P(Kinds, Responses,
                         testing::Values(ResponseCase{"STS", parse_sts_response, sts_answer},
                                         ResponseCase{"container", parse_container_response, container_answer},
                                         ResponseCase{"process", parse_process_output, process_answer},
                                         ResponseCase{"SSO", parse_sso_response, sso_answer}));

struct RefusedCase {
    std::string name;
    Parse parse;
    std::string text;
    Errc code;
    std::string message;
};
void PrintTo(const RefusedCase& refused, std::ostream* out) {
    *out << refused.name;
}
class RefusedResponses : public testing::TestWithParam<RefusedCase> {};

TEST_P(RefusedResponses, say_why) {
    const auto credentials = GetParam().parse(GetParam().text);
    ASSERT_FALSE(credentials);
    EXPECT_EQ(credentials.error().message, GetParam().message);
    EXPECT_EQ(credentials.error().code, GetParam().code);
}

INSTANTIATE_TEST_SUITE_P(
    Kinds, RefusedResponses,
    testing::Values(
        RefusedCase{"STS refuses", parse_sts_response,
                    "<ErrorResponse><Error><Type>Sender</Type><Code>AccessDenied</Code><Message>not &quot;you&quot;\n"
                    "</Message></Error><RequestId>r</RequestId></ErrorResponse>",
                    Errc::denied, "AccessDenied: not \"you\""},
        RefusedCase{"STS without a token", parse_sts_response,
                    "<A><Credentials><AccessKeyId>A</AccessKeyId><SecretAccessKey>s</SecretAccessKey>"
                    "<Expiration>2026-11-23T12:00:00Z</Expiration></Credentials></A>",
                    Errc::corrupt, "not a response of STS: the session token or the expiration is missing"},
        RefusedCase{"the role of an instance is not trusted", parse_container_response,
                    R"({"Code":"AssumeRoleUnauthorizedAccess","Message":"EC2 cannot assume the role"})", Errc::denied,
                    "AssumeRoleUnauthorizedAccess: EC2 cannot assume the role"},
        RefusedCase{"a container that does not say until when", parse_container_response,
                    R"({"AccessKeyId":"A","SecretAccessKey":"s","Token":"t"})", Errc::corrupt,
                    "the Expiration is not a time"},
        RefusedCase{"a process of another version", parse_process_output,
                    R"({"Version":2,"AccessKeyId":"A","SecretAccessKey":"s"})", Errc::unsupported, "Version is not 1"},
        RefusedCase{"a process with a version in words", parse_process_output,
                    R"({"Version":"1","AccessKeyId":"A","SecretAccessKey":"s"})", Errc::unsupported,
                    "Version is not 1"},
        RefusedCase{"a process with an expiration that is none", parse_process_output,
                    R"({"Version":1,"AccessKeyId":"A","SecretAccessKey":"s","Expiration":"soon"})", Errc::corrupt,
                    "the Expiration is not a time"},
        RefusedCase{"a process without a secret", parse_process_output, R"({"Version":1,"AccessKeyId":"A"})",
                    Errc::corrupt, "the secret access key is empty"},
        RefusedCase{"keys of another type", parse_process_output,
                    R"({"Version":1,"AccessKeyId":7,"SecretAccessKey":["s"]})", Errc::corrupt,
                    "the access key id is empty"},
        RefusedCase{"a header in the token", parse_process_output,
                    R"({"Version":1,"AccessKeyId":"A","SecretAccessKey":"s","SessionToken":"t\r\nx: y"})",
                    Errc::corrupt, "the session token has a blank or another character that is not allowed"},
        RefusedCase{"JSON nested too deep", parse_container_response, std::string(40, '['), Errc::corrupt,
                    "not a JSON object"},
        RefusedCase{"a list", parse_container_response, "[]", Errc::corrupt, "not a JSON object"},
        RefusedCase{"an expiration beyond all time", parse_sso_response,
                    R"({"roleCredentials":{"accessKeyId":"A","secretAccessKey":"s","expiration":9223372036854775807}})",
                    Errc::corrupt, "roleCredentials with an expiration are missing"}));

TEST(ProcessOutputs, may_be_keys_that_do_not_expire) {
    const auto credentials = parse_process_output(R"({"Version":1,"AccessKeyId":"A","SecretAccessKey":"s"})");
    ASSERT_TRUE(credentials) << credentials.error();
    EXPECT_EQ(credentials->expires, std::nullopt);
    EXPECT_TRUE(credentials->session_token.empty());
}

TEST(SsoTokens, are_read_from_the_cache) {
    const auto token = parse_sso_token(sso_token);
    ASSERT_TRUE(token) << token.error();
    EXPECT_EQ(token->access_token, Secret("t0k"));
    EXPECT_EQ(token->expires, want.expires);
}

TEST(SsoTokens, cut_at_any_length_are_refused) {
    for (std::size_t size = 0; size < sso_token.size(); ++size) {
        EXPECT_FALSE(parse_sso_token(sso_token.substr(0, size))) << size;
    }
}

}  // namespace
}  // namespace tapalcatl::credentials
