#include "credentials/caller_identity.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace tapalcatl::credentials {
namespace {

using testing::HasSubstr;

const std::string answer = R"(<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">
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
    const auto identity = parse_caller_identity(answer);
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
    for (std::size_t size = 0; size < answer.size(); ++size) {
        const auto identity = parse_caller_identity(std::string_view(answer).substr(0, size));
        ASSERT_FALSE(identity) << size;
        EXPECT_EQ(identity.error().code, Errc::corrupt) << size;
    }
}

TEST(CallerIdentities, are_not_in_any_other_document) {
    EXPECT_EQ(parse_caller_identity("<html><body>hello</body></html>").error().code, Errc::corrupt);
}

}  // namespace
}  // namespace tapalcatl::credentials
