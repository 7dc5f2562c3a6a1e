#include "credentials/cached_provider.hpp"
#include "storage/s3.hpp"

#include "tests/storage/http_fixture.hpp"

#include <gmock/gmock.h>

namespace tapalcatl::tests {
namespace {

using testing::HasSubstr;
using testing::Not;

struct FixedRegion {
    static Awaitable<Result<std::string>> tell() { co_return std::string("ap-south-1"); }
};

class S3StorageTest : public HttpStorageTest {
 protected:
    storage::Storage& open() {
        s3.http = http;
        s3.address.bucket = "tiles";
        if (s3.address.endpoint_url.empty()) {
            s3.address.endpoint_url = request().url.text();
        }
        s3.address.endpoint_url = fmt::format("http://127.0.0.1:{}", request().url.port);
        const Environment nowhere{[](const std::string&) { return std::nullopt; },
                                  [](const std::string&) -> Result<std::string> { return fail(Errc::not_found, ""); }};
        provider_ = std::make_unique<credentials::CachedProvider>(plan, nowhere, credentials::ServiceEndpoints{},
                                                                  client(), context.get_executor(), clock);
        auto made = storage::make_s3_storage(s3, client(), *provider_, context.get_executor(), clock);
        EXPECT_TRUE(made) << made.error();
        storage_ = std::move(*made);
        return *storage_;
    }

    storage::S3Options s3;
    credentials::ProviderConfig plan{credentials::StaticCredentials{{"AKIDEXAMPLE", Secret("secret"), {}, {}}},
                                     "environment"};

 private:
    std::unique_ptr<credentials::CachedProvider> provider_;
    std::unique_ptr<storage::Storage> storage_;
};

TEST_F(S3StorageTest, signs_what_it_asks_for) {
    auto& server = serve({{part()}});
    s3.prefix = "p+q";
    auto& storage = open();
    EXPECT_EQ(storage.name(), "s3://tiles/p+q");
    EXPECT_EQ(text_of(read(storage)), "hello");
    const auto& request = server.requests.at(0);
    EXPECT_TRUE(request.starts_with("GET /tiles/p%2Bq/a%20b/0.zip HTTP/1.1\r\n")) << request;
    EXPECT_THAT(request, HasSubstr("AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/"));
    EXPECT_THAT(request, HasSubstr("/us-east-1/s3/aws4_request"));
    EXPECT_THAT(request, HasSubstr("x-amz-content-sha256: e3b0c44298fc"));
    EXPECT_THAT(request, Not(HasSubstr("x-amz-request-payer")));
}

TEST_F(S3StorageTest, says_who_pays_where_that_is_agreed) {
    auto& server = serve({{part()}});
    s3.requester_pays = true;
    EXPECT_TRUE(read(open()));
    EXPECT_THAT(server.requests.at(0), HasSubstr("x-amz-request-payer: requester\r\n"));
    EXPECT_THAT(server.requests.at(0), HasSubstr("x-amz-request-payer,"));  // signed, too
}

TEST_F(S3StorageTest, signs_nothing_where_access_is_anonymous) {
    auto& server = serve({{part()}});
    plan = {credentials::Anonymous{}, "anonymous"};
    EXPECT_TRUE(read(open()));
    EXPECT_THAT(server.requests.at(0), Not(HasSubstr("uthorization")));
}

struct RefusalCase {
    const char* status;
    const char* code;
    Errc errc;
    std::size_t requests;
};
void PrintTo(const RefusalCase& of, std::ostream* out) {
    *out << of.code;
}

class Refusals : public S3StorageTest, public testing::WithParamInterface<RefusalCase> {};

TEST_P(Refusals, mean_one_thing_each) {
    const auto& want = GetParam();
    auto& server = serve({{refusal(want.status, want.code)}});
    expect_refused(read(open()), want.errc, want.code);
    EXPECT_EQ(server.requests.size(), want.requests);
}

INSTANTIATE_TEST_SUITE_P(S3, Refusals,
                         testing::Values(RefusalCase{"404 Not Found", "NoSuchKey", Errc::not_found, 1},
                                         RefusalCase{"404 Not Found", "NoSuchBucket", Errc::denied, 1},
                                         RefusalCase{"403 Forbidden", "AccessDenied", Errc::denied, 1},
                                         RefusalCase{"403 Forbidden", "SignatureDoesNotMatch", Errc::denied, 1},
                                         RefusalCase{"403 Forbidden", "InvalidAccessKeyId", Errc::denied, 1},
                                         RefusalCase{"400 Bad Request", "ExpiredToken", Errc::denied, 1},
                                         RefusalCase{"503 Slow Down", "SlowDown", Errc::unavailable, 3},
                                         RefusalCase{"500 Oh", "InternalError", Errc::unavailable, 3}));

TEST_F(S3StorageTest, takes_access_denied_for_a_missing_object_where_that_is_said) {
    auto& server = serve({{refusal("403 Forbidden", "AccessDenied"), refusal("403 Forbidden", "InvalidAccessKeyId")}});
    s3.missing_on_403 = true;
    auto& storage = open();
    expect_refused(read(storage), Errc::not_found, "AccessDenied");
    expect_refused(read(storage), Errc::denied, "InvalidAccessKeyId");
    EXPECT_EQ(server.requests.size(), 2U);
}

TEST_F(S3StorageTest, goes_to_the_region_that_it_is_told_and_remembers_it) {
    auto& server =
        serve({{refusal("301 Moved Permanently", "PermanentRedirect", {"x-amz-bucket-region: eu-south-1"}), part()}});
    auto& storage = open();
    EXPECT_TRUE(read(storage));
    EXPECT_TRUE(read(storage));
    ASSERT_EQ(server.requests.size(), 3U);
    EXPECT_THAT(server.requests[0], HasSubstr("/us-east-1/s3/"));
    EXPECT_THAT(server.requests[1], HasSubstr("/eu-south-1/s3/"));
    EXPECT_THAT(server.requests[2], HasSubstr("/eu-south-1/s3/"));
}

TEST_F(S3StorageTest, asks_once_for_the_region_where_none_is_configured) {
    auto& server = serve({{part()}});
    int asked = 0;
    s3.find_region = [&asked](SteadyTime /*deadline*/) -> Awaitable<Result<std::string>> {
        ++asked;
        return FixedRegion::tell();
    };
    auto& storage = open();
    EXPECT_TRUE(read(storage));
    EXPECT_TRUE(read(storage));
    EXPECT_EQ(asked, 1);
    EXPECT_THAT(server.requests.at(0), HasSubstr("/ap-south-1/s3/"));
}

TEST_F(S3StorageTest, does_not_chase_regions_for_ever) {
    auto& server =
        serve({{refusal("301 Moved Permanently", "PermanentRedirect", {"x-amz-bucket-region: eu-south-1"}),
                refusal("301 Moved Permanently", "PermanentRedirect", {"x-amz-bucket-region: eu-south-2"}),
                refusal("301 Moved Permanently", "PermanentRedirect", {"x-amz-bucket-region: eu-south-1"}),
                refusal("301 Moved Permanently", "PermanentRedirect", {"x-amz-bucket-region: eu-south-2"})}});
    expect_refused(read(open()), Errc::denied, "PermanentRedirect");
    EXPECT_EQ(server.requests.size(), 4U);
}

TEST_F(S3StorageTest, signs_by_the_clock_of_s3_where_its_own_is_wrong) {
    auto& server =
        serve({{refusal("403 Forbidden", "RequestTimeTooSkewed", {"Date: Sun, 13 Sep 2020 15:26:40 GMT"}), part()}});
    auto& storage = open();
    EXPECT_TRUE(read(storage));
    EXPECT_TRUE(read(storage));
    ASSERT_EQ(server.requests.size(), 3U);
    EXPECT_THAT(server.requests[0], HasSubstr("x-amz-date: 20200913T122640Z"));
    EXPECT_THAT(server.requests[1], HasSubstr("x-amz-date: 20200913T152640Z"));
    EXPECT_THAT(server.requests[2], HasSubstr("x-amz-date: 20200913T152640Z"));
}

TEST_F(S3StorageTest, gives_up_on_a_clock_that_cannot_be_helped) {
    auto& server = serve({{refusal("403 Forbidden", "RequestTimeTooSkewed", {"Date: Sun, 13 Sep 2020 12:26:50 GMT"})}});
    expect_refused(read(open()), Errc::denied, "RequestTimeTooSkewed");
    EXPECT_EQ(server.requests.size(), 1U);
}

TEST_F(S3StorageTest, refuses_an_answer_of_another_version) {
    serve({{part()}});
    const storage::IfMatch held{{"\"b\"", "", 10}};
    expect_refused(read(open(), storage::Span{0, 5}, held), Errc::replaced, "changed");
}

TEST(S3Storages, are_refused_for_buckets_that_cannot_be) {
    boost::asio::io_context context;
    FakeClock clock;
    net::Client client(context.get_executor(), clock, {});
    credentials::CachedProvider nobody({credentials::Anonymous{}, ""}, {}, credentials::ServiceEndpoints{}, client,
                                       context.get_executor(), clock);
    storage::S3Options options;
    options.address.bucket = "a/b";
    const auto made = storage::make_s3_storage(options, client, nobody, context.get_executor(), clock);
    ASSERT_FALSE(made);
    EXPECT_EQ(made.error().code, Errc::usage);
}

}  // namespace
}  // namespace tapalcatl::tests
