#include "aws/s3_error.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace tapalcatl::aws {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

std::string body(std::string_view code, std::string_view more = "") {
    return fmt::format(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>{}</Code><Message>Words of S3</Message>{}"
        "<RequestId>4442587FB7D0A2F9</RequestId><HostId>h==</HostId></Error>",
        code, more);
}

TEST(S3Errors, are_read_from_their_xml) {
    const auto said = parse_s3_error(
        body("PermanentRedirect", "<Endpoint>tiles.s3-eu-west-1.amazonaws.com</Endpoint><Bucket>t</Bucket>"));
    ASSERT_TRUE(said) << said.error();
    EXPECT_EQ(said->code, "PermanentRedirect");
    EXPECT_EQ(said->message, "Words of S3");
    EXPECT_EQ(said->endpoint, "tiles.s3-eu-west-1.amazonaws.com");
    EXPECT_EQ(said->request_id, "4442587FB7D0A2F9");
    EXPECT_EQ(said->host_id, "h==");
    EXPECT_EQ(said->region, "");
}

TEST(S3Errors, have_no_region_that_could_lead_elsewhere) {
    EXPECT_EQ(parse_s3_error(body("X", "<Region>eu-west-1</Region>"))->region, "eu-west-1");
    EXPECT_EQ(parse_s3_error(body("X", "<BucketRegion>eu-west-1</BucketRegion>"))->region, "eu-west-1");
    EXPECT_EQ(parse_s3_error(body("X", "<Region>evil.example/</Region>"))->region, "");
}

TEST(S3Errors, cut_at_any_length_are_refused) {
    const auto whole = body("NoSuchKey");
    for (std::size_t size = 0; size < whole.size(); ++size) {
        EXPECT_FALSE(parse_s3_error(whole.substr(0, size))) << size;
    }
}

struct FailureCase {
    std::string name;
    int status;
    std::string body;
    Errc code;
    net::RetryClass retry;
    Remedy remedy;
    std::string message;
};
void PrintTo(const FailureCase& failure, std::ostream* out) {
    *out << failure.name;
}
class S3Failures : public testing::TestWithParam<FailureCase> {};

TEST_P(S3Failures, have_their_reaction_and_words) {
    const auto& want = GetParam();
    const auto failure =
        classify({.status = want.status, .body = want.body, .bucket_region = {}, .request_id = {}}, "tiles");
    EXPECT_EQ(failure.error.code, want.code) << failure.error;
    EXPECT_EQ(failure.retry, want.retry);
    EXPECT_EQ(failure.remedy, want.remedy);
    EXPECT_THAT(failure.error.message, HasSubstr(want.message));
    EXPECT_THAT(failure.error.message, HasSubstr("bucket tiles: "));
    EXPECT_THAT(failure.error.message, HasSubstr(fmt::format("status {}", want.status)));
}

using enum net::RetryClass;

INSTANTIATE_TEST_SUITE_P(
    Kinds, S3Failures,
    testing::Values(
        FailureCase{"missing key", 404, body("NoSuchKey"), Errc::not_found, none, Remedy::none,
                    "no such object (status 404, NoSuchKey: Words of S3; request 4442587FB7D0A2F9)"},
        FailureCase{"missing key, no body", 404, "", Errc::not_found, none, Remedy::none,
                    "no such object (status 404)"},
        FailureCase{"a word for missing that is not known", 404, body("NoSuchThing"), Errc::not_found, none,
                    Remedy::none, "no such object"},
        FailureCase{"a page that says 404", 404, "<html><body>Not Found</body></html>", Errc::denied, none,
                    Remedy::none, "404, but not in S3's words: is the endpoint right?"},
        FailureCase{"missing, under a status that is not", 500, body("NoSuchKey"), Errc::unavailable, transient,
                    Remedy::none, "S3 failed"},
        FailureCase{"missing bucket", 404, body("NoSuchBucket"), Errc::denied, none, Remedy::none, "no such bucket"},
        FailureCase{"access denied", 403, body("AccessDenied"), Errc::denied, none, Remedy::none, "s3:GetObject"},
        FailureCase{"access denied, for want of a listing", 403, body("AccessDenied"), Errc::denied, none, Remedy::none,
                    "s3:ListBucket"},
        FailureCase{"403 without a body", 403, "", Errc::denied, none, Remedy::none, "access denied"},
        FailureCase{"401", 401, "", Errc::denied, none, Remedy::none, "not authorized"},
        FailureCase{"wrong secret", 403, body("SignatureDoesNotMatch"), Errc::denied, none, Remedy::none,
                    "the secret access key does not belong"},
        FailureCase{"unknown id", 403, body("InvalidAccessKeyId"), Errc::denied, none, Remedy::refresh_credentials,
                    "the access key id is not known"},
        FailureCase{"expired token", 400, body("ExpiredToken"), Errc::denied, none, Remedy::refresh_credentials,
                    "has expired"},
        FailureCase{"clock", 403, body("RequestTimeTooSkewed"), Errc::denied, none, Remedy::correct_clock, "clock"},
        FailureCase{"archived", 403, body("InvalidObjectState"), Errc::denied, none, Remedy::none, "restore"},
        FailureCase{"throttled", 503, body("SlowDown"), Errc::unavailable, throttling, Remedy::none, "throttles"},
        FailureCase{"throttled by another store", 429, "", Errc::unavailable, throttling, Remedy::none, "throttles"},
        FailureCase{"503 without a word", 503, "<html/>", Errc::unavailable, transient, Remedy::none, "S3 failed"},
        FailureCase{"failing", 500, body("InternalError"), Errc::unavailable, transient, Remedy::none, "S3 failed"},
        FailureCase{"failing under 200, as copies do", 200, body("InternalError"), Errc::unavailable, transient,
                    Remedy::none, "S3 failed"},
        FailureCase{"gateway", 502, "Bad Gateway", Errc::unavailable, transient, Remedy::none, "S3 failed"},
        FailureCase{"gateway's time-out", 504, "", Errc::unavailable, transient, Remedy::none, "S3 failed"},
        FailureCase{"not made", 501, body("NotImplemented"), Errc::unavailable, none, Remedy::none, "S3 failed"},
        FailureCase{"request too slow", 400, body("RequestTimeout"), Errc::unavailable, transient, Remedy::none,
                    "waited too long"},
        FailureCase{"replaced", 412, body("PreconditionFailed"), Errc::replaced, none, Remedy::none, "replaced"},
        FailureCase{"replaced, no body", 412, "", Errc::replaced, none, Remedy::none, "replaced"},
        FailureCase{"range", 416, body("InvalidRange"), Errc::corrupt, none, Remedy::none, "outside of the object"},
        FailureCase{"an unknown 400", 400, body("Strange"), Errc::denied, none, Remedy::none, "refused the request"},
        FailureCase{"redirect to nowhere", 301, "", Errc::denied, none, Remedy::none, "is this the bucket's endpoint?"},
        FailureCase{"something else altogether", 0, "", Errc::denied, none, Remedy::none, "refused the request"}));

struct RegionCase {
    std::string name;
    int status;
    std::string body, header, region;
};
void PrintTo(const RegionCase& region_case, std::ostream* out) {
    *out << region_case.name;
}
class WrongRegions : public testing::TestWithParam<RegionCase> {};

TEST_P(WrongRegions, are_corrected_by_the_answer) {
    const auto& want = GetParam();
    const auto failure =
        classify({.status = want.status, .body = want.body, .bucket_region = want.header, .request_id = {}}, "tiles");
    EXPECT_EQ(failure.remedy, want.region.empty() ? Remedy::none : Remedy::correct_region);
    EXPECT_EQ(failure.region, want.region);
}

INSTANTIATE_TEST_SUITE_P(
    Ways, WrongRegions,
    testing::Values(RegionCase{"header", 301, "", "eu-west-1", "eu-west-1"},
                    RegionCase{"header before body", 301, body("PermanentRedirect", "<Region>a</Region>"), "eu-west-1",
                               "eu-west-1"},
                    RegionCase{"endpoint", 301,
                               body("PermanentRedirect", "<Endpoint>t.s3-eu-west-1.amazonaws.com</Endpoint>"), "",
                               "eu-west-1"},
                    RegionCase{"signed for another", 400,
                               body("AuthorizationHeaderMalformed", "<Region>eu-west-1</Region>"), "", "eu-west-1"},
                    RegionCase{"bad request without a body", 400, "", "eu-west-1", "eu-west-1"},
                    RegionCase{"a header that is no region", 301, "", "evil.example/", ""},
                    RegionCase{"access denied is not about regions", 403, body("AccessDenied", "<Region>a</Region>"),
                               "eu-west-1", ""},
                    RegionCase{"nor is a missing key", 404, body("NoSuchKey"), "eu-west-1", ""}));

TEST(S3Failures, put_nothing_into_the_log_that_could_break_a_line) {
    const auto failure = classify({.status = 403,
                                   .body = "<Error><Code>A&#10;B</Code><Message>c&#10;d&#27;[31m</Message></Error>",
                                   .bucket_region = {},
                                   .request_id = "e\nf"},
                                  "g\nh");
    for (const char c : failure.error.message) {
        EXPECT_GE(c, ' ') << failure.error;
    }
}

}  // namespace
}  // namespace tapalcatl::aws
