#include "credentials/sts.hpp"

#include "tests/credentials/provider_fixture.hpp"

#include <gmock/gmock.h>

namespace tapalcatl::credentials::tests {
namespace {

using testing::HasSubstr;

ServiceEndpoints in_region(const std::string& region) {
    ServiceEndpoints endpoints;
    endpoints.region = region;
    return endpoints;
}

TEST(RoleRequests, are_signed_forms) {
    const auto sts = sts_address(in_region("eu-central-1"));
    ASSERT_TRUE(sts) << sts.error();
    aws::Signer signer;
    const AssumeRole config{"arn:aws:iam::123456789012:role/tiles", "", "e/1 +", seconds(900), nullptr};
    const auto request = assume_role_request(config, example_keys, *sts, signer, time_of_request);
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

struct StsAddressCase {
    std::string region;
    aws::EndpointVariant variant;
    std::string url;
};
class StsAddresses : public testing::TestWithParam<StsAddressCase> {};

TEST_P(StsAddresses, are_those_of_boto3) {
    ServiceEndpoints endpoints;
    endpoints.region = GetParam().region;
    endpoints.variant = GetParam().variant;
    const auto sts = sts_address(endpoints);
    ASSERT_TRUE(sts) << sts.error();
    EXPECT_EQ(sts->url, GetParam().url);
}

INSTANTIATE_TEST_SUITE_P(
    Regions, StsAddresses,
    testing::Values(StsAddressCase{"", {}, "https://sts.us-east-1.amazonaws.com/"},
                    StsAddressCase{"cn-north-1", {}, "https://sts.cn-north-1.amazonaws.com.cn/"},
                    StsAddressCase{"eu-west-1", {true, false}, "https://sts-fips.eu-west-1.amazonaws.com/"},
                    StsAddressCase{"eu-west-1", {false, true}, "https://sts.eu-west-1.api.aws/"},
                    StsAddressCase{"us-east-1", {true, true}, "https://sts-fips.us-east-1.api.aws/"},
                    StsAddressCase{"us-gov-west-1", {true, false}, "https://sts.us-gov-west-1.amazonaws.com/"},
                    StsAddressCase{"us-gov-west-1", {true, true}, "https://sts-fips.us-gov-west-1.api.aws/"},
                    StsAddressCase{
                        "cn-north-1", {false, true}, "https://sts.cn-north-1.api.amazonwebservices.com.cn/"}));

TEST(ConfiguredStsAddresses, are_of_the_environment_or_the_profile) {
    const auto url_of = [](const Texts& variables, const Profile& profile = {}) {
        const auto endpoints = service_endpoints(machine(variables), profile);
        const auto sts = endpoints ? sts_address(*endpoints) : endpoints.error();
        return sts ? sts->url : sts.error().message;
    };
    EXPECT_EQ(url_of({{"AWS_ENDPOINT_URL", "http://localhost:5000/"}}), "http://localhost:5000/");
    EXPECT_EQ(url_of({{"AWS_ENDPOINT_URL", "http://a"}, {"AWS_ENDPOINT_URL_STS", "https://b"}}), "https://b/");
    Profile profile;
    profile.endpoint_url = "http://minio:9000";
    EXPECT_EQ(url_of({}, profile), "http://minio:9000/");
    profile.sts_endpoint_url = "http://sts:9000";
    EXPECT_EQ(url_of({}, profile), "http://sts:9000/");
    EXPECT_EQ(url_of({{"AWS_ENDPOINT_URL", "http://a"}}, profile), "http://a/");
    EXPECT_EQ(url_of({{"AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "true"}, {"AWS_ENDPOINT_URL", "http://a"}}, profile),
              "https://sts.us-east-1.amazonaws.com/");
    auto endpoints = in_region("evil.example/");
    endpoints.origins.region = "AWS_REGION";
    EXPECT_EQ(sts_address(endpoints).error().message, "AWS_REGION: \"evil.example/\" is not the name of an AWS region");
    endpoints = in_region("eu-west-1");
    endpoints.sts_url = "https://sts.example.com/path";
    endpoints.origins.sts = "AWS_ENDPOINT_URL_STS";
    EXPECT_EQ(sts_address(endpoints).error().message,
              "AWS_ENDPOINT_URL_STS='https://sts.example.com/path': the endpoint of STS must be a URL like "
              "https://host:port");
    for (const auto* bad :
         {"localhost", "https://", "https://a/b", "https://a?b", "https://u:p@a", "https://a\r\nb", "ftp://a"}) {
        const auto refusal = url_of({{"AWS_ENDPOINT_URL_STS", bad}});
        EXPECT_TRUE(refusal.starts_with("AWS_ENDPOINT_URL_STS='")) << refusal;
        EXPECT_TRUE(refusal.ends_with("': the endpoint of STS must be a URL like https://host:port")) << refusal;
    }
}

class StsTest : public ProviderTest {
 protected:
    std::string sts_answer(const std::string& id, std::chrono::seconds life, const std::string& what) const {
        return ok(fmt::format(
            "<{0}Response xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><{0}Result><Credentials><AccessKeyId>{1}"
            "</AccessKeyId><SecretAccessKey>HUSH-{1}</SecretAccessKey><SessionToken>HUSH-s</SessionToken>"
            "<Expiration>{2}</Expiration></Credentials></{0}Result></{0}Response>",
            what, id, time_in(life)));
    }
    std::string role_of(const std::string& id, std::chrono::seconds life) const {
        return sts_answer(id, life, "AssumeRole");
    }
    static std::string refusal(const std::string& line, const std::string& code, const std::string& words) {
        return status(line, fmt::format("<ErrorResponse><Error><Type>Sender</Type><Code>{}</Code><Message>{}</Message>"
                                        "</Error><RequestId>r</RequestId></ErrorResponse>",
                                        code, words));
    }

    void serve_sts(const std::vector<std::string>& answers) { sts = &serve(one_by_one(answers)); }
    Environment environment(const Texts& files = {}) const {
        return machine({{"AWS_ENDPOINT_URL_STS", url_of(*sts)}}, files);
    }

    static ProviderConfig role_config(ProviderConfig source, const std::string& role = "arn:aws:iam::1:role/tiles") {
        return {
            AssumeRole{role, "session", "x&y", seconds(900), std::make_shared<const ProviderConfig>(std::move(source))},
            "profile tiles"};
    }
    static ProviderConfig keys_config() {
        return {StaticCredentials{{"AKIASOURCE", Secret("HUSH-source"), Secret(), std::nullopt}}, "environment"};
    }

    /// What must be on the wire for `request`.
    static std::string wire(const ProviderRequest& request, const std::string& target = "/") {
        auto text = fmt::format("{} {} HTTP/1.1\r\n", request.method, target);
        for (const auto& header : request.headers) {
            text += header.name + ": " + header.value + "\r\n";
        }
        text += fmt::format("Content-Length: {}\r\n\r\n", request.body.size());
        return text + request.body;
    }

    ScriptedServer* sts = nullptr;
};

TEST_F(StsTest, asks_for_a_role_signed_with_the_source) {
    serve_sts({role_of("one", hours(1))});
    const auto config = role_config(keys_config());
    provide(config, environment());
    const auto answer = ask();
    ASSERT_TRUE(answer) << answer.error();
    EXPECT_EQ(*answer, (aws::Credentials{"one", Secret("HUSH-one"), Secret("HUSH-s"), clock.wall() + hours(1)}));

    const auto& request = sts->requests.at(0);
    aws::Signer signer;
    const auto source = std::get<StaticCredentials>(keys_config().kind).credentials;
    EXPECT_EQ(request, wire(assume_role_request(std::get<AssumeRole>(config.kind), source,
                                                {url_of(*sts) + "/", "eu-west-1"}, signer, clock.wall())));
    EXPECT_NE(request.find("Credential=AKIASOURCE/20200913/eu-west-1/sts/aws4_request"), std::string::npos) << request;
    EXPECT_NE(request.find("Action=AssumeRole&DurationSeconds=900&ExternalId=x%26y&RoleArn="), std::string::npos);
    EXPECT_EQ(request.find("HUSH"), std::string::npos) << request;
}

TEST_F(StsTest, signs_with_credentials_that_the_source_was_given_and_keeps) {
    auto source = container_config({given("source", hours(6))});
    serve_sts({role_of("one", hours(1)), role_of("two", hours(2))});
    provide(role_config(std::move(source)), environment());
    EXPECT_EQ(ask_for_id(), "one");
    clock.pass(minutes(60));
    EXPECT_EQ(ask_for_id(), "two");
    EXPECT_EQ(server->requests.size(), 1U);
    ASSERT_EQ(sts->requests.size(), 2U);
    for (const auto& request : sts->requests) {
        EXPECT_NE(request.find("Credential=source/"), std::string::npos) << request;
        EXPECT_NE(request.find("x-amz-security-token: HUSH-token\r\n"), std::string::npos) << request;
    }
}

TEST_F(StsTest, assumes_a_role_with_a_role) {
    serve_sts({role_of("first", hours(1)), role_of("second", hours(1))});
    provide(role_config(role_config(keys_config(), "arn:inner"), "arn:outer"), environment());
    EXPECT_EQ(ask_for_id(), "second");
    EXPECT_NE(sts->requests.at(0).find("RoleArn=arn%3Ainner"), std::string::npos);
    EXPECT_NE(sts->requests.at(1).find("RoleArn=arn%3Aouter"), std::string::npos);
    EXPECT_NE(sts->requests.at(1).find("Credential=first/"), std::string::npos);
}

TEST_F(StsTest, says_which_role_is_refused_and_why) {
    serve_sts({refusal("403 Forbidden", "AccessDenied", "User x is not authorized to perform: sts:AssumeRole")});
    provide(role_config(keys_config()), environment());
    expect_failure(ask(), Errc::denied,
                   {"profile tiles", "arn:aws:iam::1:role/tiles", "AccessDenied: User x is not authorized"});
    EXPECT_EQ(sts->requests.size(), 1U);
}

TEST_F(StsTest, says_what_the_source_lacks) {
    serve_sts({role_of("one", hours(1))});
    provide(role_config(container_config({status("403 Forbidden")})), environment());
    expect_failure(ask(), Errc::denied, {"role/tiles", "container agent responded with status 403"});
    EXPECT_TRUE(sts->requests.empty());
}

TEST_F(StsTest, renews_the_source_if_its_credentials_are_refused) {
    auto source = container_config({given("old", hours(6)), given("new", hours(6))});
    serve_sts({role_of("one", hours(1)), refusal("403 Forbidden", "ExpiredToken", "gone"), role_of("two", hours(2))});
    provide(role_config(std::move(source)), environment());
    EXPECT_EQ(ask_for_id(), "one");
    clock.pass(minutes(60));
    EXPECT_EQ(ask_for_id(), "two");
    EXPECT_NE(sts->requests.at(1).find("Credential=old/"), std::string::npos);
    EXPECT_NE(sts->requests.at(2).find("Credential=new/"), std::string::npos);
}

TEST_F(StsTest, does_not_ask_over_and_over_if_the_source_is_refused_for_good) {
    serve_sts({refusal("403 Forbidden", "InvalidClientTokenId", "no such key")});
    provide(role_config(keys_config()), environment());
    expect_failure(ask(), Errc::denied, {"InvalidClientTokenId"});
    EXPECT_EQ(sts->requests.size(), 1U);
}

TEST_F(StsTest, asks_again_when_it_is_throttled) {
    serve_sts({refusal("400 Bad Request", "Throttling", "Rate exceeded"), status("500 Internal Server Error"),
               role_of("one", hours(1))});
    provide(role_config(keys_config()), environment());
    EXPECT_EQ(ask_for_id(), "one");
}

TEST_F(StsTest, does_not_show_an_answer_that_makes_no_sense) {
    serve_sts({status("404 Not Found", "HUSH")});
    provide(role_config(keys_config()), environment());
    expect_failure(ask(), Errc::denied, {"STS responded with status 404"});
    serve_sts({ok("<a>HUSH</a>")});
    provide(role_config(keys_config()), environment());
    expect_failure(ask(), Errc::corrupt, {"STS"});
}

TEST_F(StsTest, says_that_its_endpoint_is_none) {
    provide(role_config(keys_config()), machine({{"AWS_ENDPOINT_URL_STS", "ftp://u:HUSH@x"}}));
    expect_failure(ask(), Errc::usage, {"endpoint of STS"});
}

class WebIdentityTest : public StsTest {
 protected:
    static ProviderConfig web_config() { return {WebIdentity{"arn:aws:iam::1:role/pod", "", "/token"}, "environment"}; }
    std::string web_answer(const std::string& id, std::chrono::seconds life) const {
        return sts_answer(id, life, "AssumeRoleWithWebIdentity");
    }
};

TEST_F(WebIdentityTest, asks_for_the_role_with_the_token_unsigned) {
    serve_sts({web_answer("one", hours(1))});
    provide(web_config(), environment({{"/token", "HUSH.jwt+/=\n"}}));
    EXPECT_EQ(ask_for_id(), "one");
    const std::string body =
        "Action=AssumeRoleWithWebIdentity&RoleArn=arn%3Aaws%3Aiam%3A%3A1%3Arole%2Fpod&RoleSessionName=tapalcatl&"
        "Version=2011-06-15&WebIdentityToken=HUSH.jwt%2B%2F%3D";
    EXPECT_EQ(sts->requests.at(0), fmt::format("POST / HTTP/1.1\r\nhost: 127.0.0.1:{}\r\n"
                                               "content-type: application/x-www-form-urlencoded; charset=utf-8\r\n"
                                               "Content-Length: {}\r\n\r\n{}",
                                               sts->port(), body.size(), body));
}

TEST_F(WebIdentityTest, reads_the_token_each_time) {
    serve_sts({web_answer("one", hours(1)), web_answer("two", hours(2))});
    const auto reads = std::make_shared<int>(0);
    auto changing = environment();
    changing.file = [reads](const std::string&) -> Result<std::string> { return fmt::format("t{}", ++*reads); };
    provide(web_config(), std::move(changing));
    EXPECT_EQ(ask_for_id(), "one");
    clock.pass(hours(1));
    EXPECT_EQ(ask_for_id(), "two");
    EXPECT_TRUE(sts->requests.at(0).ends_with("WebIdentityToken=t1"));
    EXPECT_TRUE(sts->requests.at(1).ends_with("WebIdentityToken=t2"));
}

TEST_F(WebIdentityTest, says_that_there_is_no_token) {
    serve_sts({web_answer("one", hours(1))});
    provide(web_config(), environment());
    expect_failure(ask(), Errc::usage, {"role/pod", "/token", "no such file"});
    provide(web_config(), environment({{"/token", "\n"}}));
    expect_failure(ask(), Errc::usage, {"empty"});
    EXPECT_TRUE(sts->requests.empty());
}

TEST_F(WebIdentityTest, says_that_the_token_is_refused) {
    serve_sts({refusal("400 Bad Request", "ExpiredTokenException", "Token expired")});
    provide(web_config(), environment({{"/token", "HUSH"}}));
    expect_failure(ask(), Errc::denied, {"environment", "role/pod", "ExpiredTokenException: Token expired"});
    EXPECT_EQ(sts->requests.size(), 1U);
}

const std::string identity_answer = R"(<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">
  <GetCallerIdentityResult>
    <Arn>arn:aws:iam::123456789012:user/tiles</Arn>
    <UserId>AIDACKCEVSQ6C2EXAMPLE</UserId>
    <Account>123456789012</Account>
  </GetCallerIdentityResult>
  <ResponseMetadata><RequestId>01234567</RequestId></ResponseMetadata>
</GetCallerIdentityResponse>)";

TEST(CallerIdentities, are_asked_for_with_a_signed_form) {
    const aws::Credentials credentials{"AKIAIOSFODNN7EXAMPLE", Secret("wJalrXUtnFEMI/K7MDENG"), Secret("t0k"), {}};
    aws::Signer signer;
    const auto request = caller_identity_request(credentials, {"https://sts.eu-west-1.amazonaws.com/", "eu-west-1"},
                                                 signer, WallTime(std::chrono::hours(500'000)));
    EXPECT_EQ(request.method, "POST");
    EXPECT_EQ(request.url, "https://sts.eu-west-1.amazonaws.com/");
    EXPECT_EQ(request.body, "Action=GetCallerIdentity&Version=2011-06-15");
    std::string authorization;
    std::string token;
    for (const auto& header : request.headers) {
        authorization = header.name == "authorization" ? header.value : authorization;
        token = header.name == "x-amz-security-token" ? header.value : token;
    }
    EXPECT_THAT(authorization, HasSubstr("/eu-west-1/sts/aws4_request"));
    EXPECT_EQ(token, "t0k");
}

TEST(CallerIdentities, are_who_the_answer_says) {
    const auto identity = parse_caller_identity(identity_answer);
    ASSERT_TRUE(identity) << identity.error();
    EXPECT_EQ(identity->arn, "arn:aws:iam::123456789012:user/tiles");
    EXPECT_EQ(identity->account, "123456789012");
}

TEST(CallerIdentities, are_not_told_by_a_refusal_which_says_why) {
    const auto refused = parse_caller_identity(
        "<ErrorResponse><Error><Type>Sender</Type><Code>ExpiredToken</Code><Message>too\nold</Message></Error>"
        "</ErrorResponse>");
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, Errc::denied);
    EXPECT_EQ(refused.error().message, "ExpiredToken: too\\x0aold");
}

TEST(CallerIdentities, are_not_in_an_answer_that_is_cut_short_anywhere) {
    for (std::size_t size = 0; size < identity_answer.size(); ++size) {
        const auto identity = parse_caller_identity(std::string_view(identity_answer).substr(0, size));
        ASSERT_FALSE(identity) << size;
        EXPECT_EQ(identity.error().code, Errc::corrupt) << size;
    }
}

TEST(CallerIdentities, are_not_in_any_other_document) {
    EXPECT_EQ(parse_caller_identity("<html><body>hello</body></html>").error().code, Errc::corrupt);
}

}  // namespace
}  // namespace tapalcatl::credentials::tests
