#include "aws/sigv4.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <vector>

namespace tapalcatl::aws {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

std::string value_of(const Headers& headers, std::string_view name) {
    for (const auto& header : headers) {
        if (header.name == name) {
            return header.value;
        }
    }
    return "(none)";
}

std::string signature_of(std::string_view authorization) {
    return std::string(authorization.substr(authorization.rfind('=') + 1));
}

// ---- The examples of "Authenticating Requests (AWS Signature Version 4)", in the documentation of S3's interface ----

const Credentials example{"AKIAIOSFODNN7EXAMPLE", Secret("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"), {}, {}};
constexpr WallTime example_time = std::chrono::sys_days(std::chrono::year(2013) / 5 / 24);
const std::string example_host = "examplebucket.s3.amazonaws.com";

struct ExampleCase {
    std::string name;
    SignableRequest request;
    std::string hash;  ///< of the canonical request
    std::string signature;
};
void PrintTo(const ExampleCase& example_case, std::ostream* out) {
    *out << example_case.name;
}
class S3Examples : public testing::TestWithParam<ExampleCase> {};

TEST_P(S3Examples, have_the_published_signature) {
    Signer signer;
    const auto added = signer.sign(GetParam().request, example, {"us-east-1"}, example_time);
    EXPECT_EQ(value_of(added, "x-amz-date"), "20130524T000000Z");
    EXPECT_EQ(value_of(added, "x-amz-content-sha256"), GetParam().request.payload_sha256);
    EXPECT_EQ(signature_of(value_of(added, "authorization")), GetParam().signature);
}

TEST_P(S3Examples, have_the_published_canonical_request) {
    auto request = GetParam().request;
    request.headers.push_back({"x-amz-date", "20130524T000000Z"});
    request.headers.push_back({"x-amz-content-sha256", request.payload_sha256});
    EXPECT_EQ(hex(sha256(as_bytes(canonical_request(request)))), GetParam().hash);
}

INSTANTIATE_TEST_SUITE_P(
    Published, S3Examples,
    testing::Values(ExampleCase{"GET object",
                                {.path = "/test.txt", .headers = {{"Host", example_host}, {"Range", "bytes=0-9"}}},
                                "7344ae5b7ee6c3e7e6b0fe0640412a37625d1fbfff95c48bbb2dc43964946972",
                                "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41"},
                    ExampleCase{"PUT object",
                                {.method = "PUT",
                                 .path = uri_encode_path("/test$file.text"),
                                 .headers = {{"Date", "Fri, 24 May 2013 00:00:00 GMT"},
                                             {"Host", example_host},
                                             {"x-amz-storage-class", "REDUCED_REDUNDANCY"}},
                                 .payload_sha256 = hex(sha256(as_bytes("Welcome to Amazon S3.")))},
                                "9e0e90d9c76de8fa5b200d8c849cd5b8dc7a3be3951ddb7f6a76b4158342019d",
                                "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd"},
                    ExampleCase{"GET bucket lifecycle",
                                {.query = {{"lifecycle", ""}}, .headers = {{"Host", example_host}}},
                                "9766c798316ff2757b517bc739a67f6213b4ab36dd5da2f94eaebf79c77395ca",
                                "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543"},
                    ExampleCase{"list objects",
                                {.query = {{"prefix", "J"}, {"max-keys", "2"}}, .headers = {{"Host", example_host}}},
                                "df57d21db20da04d7fa30298dd4488ba3a2b47ca3a489c74750e0f1e7df1b9b7",
                                "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7"}));

// ---- AWS's Signature Version 4 test suite: what of it applies to S3, which neither normalizes nor encodes twice ----

const Credentials suite{"AKIDEXAMPLE", Secret("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"), {}, {}};

struct SuiteCase {
    std::string name;
    SignableRequest request;
    std::string signature;
};
void PrintTo(const SuiteCase& suite_case, std::ostream* out) {
    *out << suite_case.name;
}
class TestSuite : public testing::TestWithParam<SuiteCase> {};

TEST_P(TestSuite, agrees) {
    constexpr std::string_view date = "20150830T123600Z";
    const SigningScope scope{"us-east-1", "service"};
    auto request = GetParam().request;
    request.headers.push_back({"Host", "example.amazonaws.com"});
    request.headers.push_back({"X-Amz-Date", std::string(date)});
    const auto key = signing_key(suite.secret_access_key, "20150830", scope);
    const auto header = authorization(request, suite, date, scope, key);
    EXPECT_THAT(header, testing::StartsWith("AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/"
                                            "aws4_request, SignedHeaders=host;"));
    EXPECT_EQ(signature_of(header), GetParam().signature);
}

INSTANTIATE_TEST_SUITE_P(
    Published, TestSuite,
    testing::Values(
        SuiteCase{"get-vanilla", {}, "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"},
        SuiteCase{
            "post-vanilla", {.method = "POST"}, "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b"},
        SuiteCase{"get-vanilla-query-order-key-case",
                  {.query = {{"Param2", "value2"}, {"Param1", "value1"}}},
                  "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500"},
        SuiteCase{"get-header-key-duplicate",
                  {.headers = {{"My-Header1", "value2"}, {"My-Header1", "value2"}, {"My-Header1", "value1"}}},
                  "c9d5ea9f3f72853aea855b47ea873832890dbdd183b4468f858259531a5138ea"},
        SuiteCase{"get-header-value-trim",
                  {.headers = {{"My-Header1", " value1"}, {"My-Header2", R"( "a   b   c")"}}},
                  "acc3ed3afb60bb290fc8d2dd0098b9911fcaa05412b367055dee359757a9c736"},
        SuiteCase{"get-unreserved",
                  {.path = "/-._~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"},
                  "07ef7494c76fa4850883e2b006601f940f8a34d404d0cfa977f52a65bbf5f24f"},
        SuiteCase{"get-utf8",
                  {.path = uri_encode_path("/\u1234")},
                  "8318018e0b0f223aa2bbf98705b62bb787dc9c0e678f255a891fd03141be5d85"},
        SuiteCase{"post-header-key-sort",
                  {.method = "POST", .headers = {{"My-Header1", "value1"}}},
                  "c5410059b04c1ee005303aed430f6e6645f61f4dc9e1461ec8f8916fdf18852c"}));

// ---- Keys as they are out there. Signatures by botocore 1.43's S3SigV4Auth, an implementation that shares nothing
// with
// ---- this one, for https://tiles.s3.REGION.amazonaws.com/KEY at 2026-11-23T04:39:07Z with the example's credentials.

struct KeyCase {
    std::string key, token;
    bool requester_pays;
    std::string region, range, path, signature;
};
class Keys : public testing::TestWithParam<KeyCase> {};

TEST_P(Keys, are_encoded_once_and_signed_as_another_implementation_does) {
    const auto& want = GetParam();
    auto credentials = example;
    credentials.session_token = Secret(want.token);
    SignableRequest request{.path = uri_encode_path("/" + want.key),
                            .headers = {{"host", "tiles.s3." + want.region + ".amazonaws.com"}}};
    if (!want.range.empty()) {
        request.headers.push_back({"range", want.range});
    }
    if (want.requester_pays) {
        request.headers.push_back({"x-amz-request-payer", "requester"});
    }
    EXPECT_EQ(request.path, want.path);
    Signer signer;
    const auto time = std::chrono::sys_days(std::chrono::year(2026) / 11 / 23) + 4h + 39min + 7s;
    const auto added = signer.sign(request, credentials, {want.region}, time);
    const auto header = value_of(added, "authorization");
    EXPECT_EQ(signature_of(header), want.signature);
    EXPECT_EQ(header.find("x-amz-request-payer") != std::string::npos, want.requester_pays);
    EXPECT_EQ(value_of(added, "x-amz-security-token"), want.token.empty() ? "(none)" : want.token);
}

INSTANTIATE_TEST_SUITE_P(
    Odd, Keys,
    testing::Values(KeyCase{"osm/all/14/2/1.zip", "", false, "us-east-1", "", "/osm/all/14/2/1.zip",
                            "04b27dcf7571d274559995b4dfec9c3a8a700e49528b1d663a8566f7eeb31c8d"},
                    KeyCase{"a b/c+d%e.zip", "", false, "eu-central-1", "bytes=-262144", "/a%20b/c%2Bd%25e.zip",
                            "c1d0299fbfedc6826d5c84d346731ddefacb1410daa3c2d7f64336b63d8c3fc7"},
                    KeyCase{"стол/東京 ✓.zip", "IQoJb3JpZ2luX2VjEXAMPLE//token==", true, "eu-central-1", "bytes=0-99",
                            "/%D1%81%D1%82%D0%BE%D0%BB/%E6%9D%B1%E4%BA%AC%20%E2%9C%93.zip",
                            "cca0e37205d9d3bc06f440ee1cef6309f17189765b7fe68aef0263a68c21676b"},
                    KeyCase{"//a/./../b&c=d?e#f'g(h)*!~", "", true, "us-west-2", "",
                            "///a/./../b%26c%3Dd%3Fe%23f%27g%28h%29%2A%21~",
                            "b24450f5dfa5bd4cefb22edab14b0a9d0718253e1b4a30128c2305ceae0c6705"},
                    KeyCase{"%2F%25", "t", false, "us-west-2", "", "/%252F%2525",
                            "6df3ad2b5b912dc7c35cc547275af0c2969c5486e72238a7feaf00654ee760f1"}));

// ---- What no example shows ----

TEST(CanonicalQueries, are_sorted_by_name_and_value_as_encoded) {
    EXPECT_EQ(canonical_query({{"b", "2"}, {"a-b", "x"}, {"a", "1"}, {"b", "1"}, {"é", "a b"}, {"B", ""}}),
              "%C3%A9=a%20b&B=&a=1&a-b=x&b=1&b=2");
    EXPECT_EQ(canonical_query({}), "");
}

TEST(Signatures, leave_out_what_proxies_change) {
    const SignableRequest plain{.headers = {{"host", "a"}}};
    const SignableRequest dressed{.headers = {{"host", "a"},
                                              {"Accept-Encoding", "identity"},
                                              {"User-Agent", "x"},
                                              {"Connection", "close"},
                                              {"X-Amzn-Trace-Id", "Root=1"}}};
    EXPECT_EQ(canonical_request(plain), canonical_request(dressed));
}

TEST(Signers, derive_a_key_once_for_a_day_region_and_secret) {
    Signer signer;
    const SignableRequest request{.headers = {{"host", "a"}}};
    const auto first = signer.sign(request, example, {"us-east-1"}, example_time);
    EXPECT_EQ(signer.sign(request, example, {"us-east-1"}, example_time), first);
    signer.sign(request, example, {"us-east-1"}, example_time + 23h);
    EXPECT_EQ(signer.derived(), 1U);
    signer.sign(request, example, {"us-east-1"}, example_time + 24h);
    signer.sign(request, example, {"us-west-1"}, example_time);
    signer.sign(request, suite, {"us-east-1"}, example_time);
    EXPECT_EQ(signer.derived(), 4U);
    EXPECT_EQ(signer.sign(request, example, {"us-east-1"}, example_time), first);
    EXPECT_EQ(signer.derived(), 4U);
}

TEST(Signers, give_another_signature_for_another_secret_under_the_same_id) {
    Signer signer;
    const SignableRequest request{.headers = {{"host", "a"}}};
    auto renewed = example;
    const auto before = signer.sign(request, renewed, {"us-east-1"}, example_time);
    renewed.secret_access_key = Secret("renewed");
    EXPECT_NE(signer.sign(request, renewed, {"us-east-1"}, example_time), before);
}

TEST(Signers, stay_right_when_more_keys_are_needed_than_kept) {
    Signer signer;
    const SignableRequest request{.headers = {{"host", "a"}}};
    std::vector<Headers> first;
    for (int round = 0; round < 2; ++round) {
        for (std::size_t region = 0; region < 20; ++region) {
            const auto added = signer.sign(request, example, {"region-" + std::to_string(region)}, example_time);
            if (round == 0) {
                first.push_back(added);
            } else {
                EXPECT_EQ(added, first[region]);
            }
        }
    }
    EXPECT_EQ(signer.derived(), 40U);
}

}  // namespace
}  // namespace tapalcatl::aws
