#include "app/storage_access.hpp"
#include "app/storage_factory.hpp"
#include "base/bytes.hpp"
#include "settings/configuration.hpp"

#include "tests/net/scripted_server.hpp"
#include "tests/support/run.hpp"
#include "tests/support/scratch_folder.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <fstream>
#include <utility>

namespace tapalcatl::tests {
namespace {

using app::StorageAccess;
using app::StorageFactory;
using testing::HasSubstr;
using testing::Not;

std::string answer(const std::string& status, const std::string& headers, const std::string& body) {
    return fmt::format("HTTP/1.1 {}\r\nContent-Length: {}\r\n{}\r\n{}", status, body.size(), headers, body);
}

Reply part() {
    return {answer("206 Partial Content", "ETag: \"a\"\r\nContent-Range: bytes 0-4/10\r\n", "hello")};
}

Reply access_denied() {
    return {answer("403 Forbidden", "", "<Error><Code>AccessDenied</Code><Message>m</Message></Error>")};
}

/// STS's answer to AssumeRole.
Reply role_credentials(const std::string& access_key_id) {
    return {answer("200 OK", "",
                   fmt::format("<AssumeRoleResponse><AssumeRoleResult><Credentials><AccessKeyId>{}</AccessKeyId>"
                               "<SecretAccessKey>s</SecretAccessKey><SessionToken>t</SessionToken>"
                               "<Expiration>2099-01-01T00:00:00Z</Expiration></Credentials></AssumeRoleResult>"
                               "</AssumeRoleResponse>",
                               access_key_id))};
}

/// Two profiles in AWS's files, keys in the environment, and servers that take whatever comes.
class StorageAccessTest : public testing::Test {
 protected:
    StorageAccessTest() {
        const auto file = (folder_.path() / "credentials").string();
        std::ofstream(file) << "[north]\naws_access_key_id = AKIDNORTH\naws_secret_access_key = n\n"
                               "[south]\naws_access_key_id = AKIDSOUTH\naws_secret_access_key = s\n";
        environment = {{"HOME", folder_.path().string()},
                       {"AWS_SHARED_CREDENTIALS_FILE", file},
                       {"AWS_ACCESS_KEY_ID", "AKIDENVIRONMENT"},
                       {"AWS_SECRET_ACCESS_KEY", "e"}};
    }

    ScriptedServer& serve(std::vector<ScriptedServer::Script> scripts) {
        servers_.push_back(std::make_unique<ScriptedServer>(context, std::move(scripts)));
        return *servers_.back();
    }
    static std::string url_of(const ScriptedServer& server) {
        return fmt::format("http://127.0.0.1:{}", server.port());
    }

    StorageFactory& factory() {
        if (factory_ == nullptr) {
            factory_ = std::make_unique<StorageFactory>(environment, context);
        }
        return *factory_;
    }
    storage::Storage& open(const StorageAccess& access) {
        auto opened = factory().open(BucketLocation{"tiles", ""}, access);
        EXPECT_TRUE(opened) << opened.error();
        storages_.push_back(std::move(*opened));
        return *storages_.back();
    }

    Awaitable<Result<storage::Content>> reading(storage::Storage& from) {
        return from.read("0.zip", storage::Span{0, 5}, {}, std::chrono::steady_clock::now() + std::chrono::seconds(20));
    }
    Result<storage::Content> read(storage::Storage& from) { return run(context, reading(from)); }

    boost::asio::io_context context;
    EnvironmentVariables environment;

 private:
    ScratchFolder folder_;
    std::vector<std::unique_ptr<ScriptedServer>> servers_;
    std::unique_ptr<StorageFactory> factory_;
    std::vector<std::unique_ptr<storage::Storage>> storages_;
};

TEST_F(StorageAccessTest, of_each_storage_is_its_own) {
    auto& north = serve({{part()}});
    auto& south = serve({{part(), access_denied()}});
    StorageAccess northern;
    northern.credentials.profile = "north";
    northern.credentials.region = "eu-north-1";
    northern.credentials.endpoint_url = url_of(north);
    northern.requester_pays = true;
    StorageAccess southern;
    southern.credentials.profile = "south";
    southern.credentials.region = "eu-south-1";
    southern.credentials.endpoint_url = url_of(south);
    southern.missing_on_403 = true;
    auto& from_north = open(northern);
    auto& from_south = open(southern);

    EXPECT_TRUE(read(from_north));
    EXPECT_TRUE(read(from_south));
    const auto& in_north = north.requests.at(0);
    EXPECT_THAT(in_north, HasSubstr("Credential=AKIDNORTH/"));
    EXPECT_THAT(in_north, HasSubstr("/eu-north-1/s3/"));
    EXPECT_THAT(in_north, HasSubstr("x-amz-request-payer: requester\r\n"));
    const auto& in_south = south.requests.at(0);
    EXPECT_THAT(in_south, HasSubstr("Credential=AKIDSOUTH/"));
    EXPECT_THAT(in_south, HasSubstr("/eu-south-1/s3/"));
    EXPECT_THAT(in_south, Not(HasSubstr("x-amz-request-payer")));

    const auto missing = read(from_south);
    ASSERT_FALSE(missing);
    EXPECT_EQ(missing.error().code, Errc::not_found);
}

TEST_F(StorageAccessTest, that_does_not_agree_to_it_takes_no_403_for_a_missing_object) {
    StorageAccess access;
    access.credentials.endpoint_url = url_of(serve({{access_denied()}}));
    const auto denied = read(open(access));
    ASSERT_FALSE(denied);
    EXPECT_EQ(denied.error().code, Errc::denied);
}

TEST_F(StorageAccessTest, with_a_role_signs_with_the_keys_of_the_role) {
    auto& sts = serve({{role_credentials("ASIANORTH"), role_credentials("ASIASOUTH")}});
    environment["AWS_ENDPOINT_URL_STS"] = url_of(sts);
    auto& s3 = serve({{part()}});
    StorageAccess access;
    access.credentials.endpoint_url = url_of(s3);
    for (const auto* const role : {"north", "south", ""}) {
        access.credentials.role_arn = *role == '\0' ? "" : fmt::format("arn:aws:iam::123456789012:role/{}", role);
        EXPECT_TRUE(read(open(access)));
    }
    ASSERT_EQ(sts.requests.size(), 2U);
    EXPECT_THAT(sts.requests[0], HasSubstr("role%2Fnorth"));
    EXPECT_THAT(sts.requests[1], HasSubstr("role%2Fsouth"));
    ASSERT_EQ(s3.requests.size(), 3U);
    EXPECT_THAT(s3.requests[0], HasSubstr("Credential=ASIANORTH/"));
    EXPECT_THAT(s3.requests[1], HasSubstr("Credential=ASIASOUTH/"));
    EXPECT_THAT(s3.requests[2], HasSubstr("Credential=AKIDENVIRONMENT/"));
}

TEST_F(StorageAccessTest, of_nobody_is_not_signed) {
    auto& s3 = serve({{part()}});
    StorageAccess access;
    access.credentials.endpoint_url = url_of(s3);
    access.credentials.anonymous = true;
    EXPECT_TRUE(read(open(access)));
    EXPECT_THAT(s3.requests.at(0), Not(HasSubstr("uthorization")));
}

TEST_F(StorageAccessTest, shares_credentials_where_all_that_they_depend_on_is_equal) {
    auto& sts = serve({{role_credentials("ASIANORTH")}});
    environment["AWS_ENDPOINT_URL_STS"] = url_of(sts);
    auto& s3 = serve({{part()}});
    StorageAccess access;
    access.credentials.role_arn = "arn:aws:iam::123456789012:role/north";
    access.credentials.endpoint_url = url_of(s3);
    auto& one = open(access);
    access.requester_pays = true;
    auto& other = open(access);
    EXPECT_TRUE(read(one));
    EXPECT_TRUE(read(other));
    EXPECT_EQ(sts.requests.size(), 1U);
    EXPECT_EQ(s3.requests.size(), 2U);
}

struct ProviderCase {
    const char* name;
    void (*change)(app::CredentialAccess&);
};
void PrintTo(const ProviderCase& of, std::ostream* out) {
    *out << of.name;
}

class Providers : public StorageAccessTest, public testing::WithParamInterface<ProviderCase> {};

TEST_P(Providers, differ_where_access_does) {
    const app::CredentialAccess access;
    auto other = access;
    GetParam().change(other);
    const auto provider = factory().credentials(access).value();
    EXPECT_EQ(factory().credentials(access).value(), provider);
    EXPECT_NE(factory().credentials(other).value(), provider);
}

INSTANTIATE_TEST_SUITE_P(
    Of, Providers,
    testing::Values(ProviderCase{"profile", [](auto& access) { access.profile = "north"; }},
                    ProviderCase{"role", [](auto& access) { access.role_arn = "arn:aws:iam::123456789012:role/a"; }},
                    ProviderCase{"anonymous", [](auto& access) { access.anonymous = true; }},
                    ProviderCase{"region", [](auto& access) { access.region = "eu-north-1"; }},
                    ProviderCase{"endpoint", [](auto& access) { access.endpoint_url = "http://localhost:9000"; }}));

TEST_F(StorageAccessTest, to_a_profile_that_does_not_exist_is_refused) {
    StorageAccess access;
    access.credentials.profile = "nobody";
    const auto opened = factory().open(BucketLocation{"tiles", ""}, access);
    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.error().code, Errc::usage);
    EXPECT_THAT(opened.error().message, HasSubstr("nobody"));
}

TEST_F(StorageAccessTest, has_connections_of_its_own_to_an_origin_that_several_storages_read) {
    auto& s3 = serve({{{"", Reply::Then::hold}}});
    StorageAccess access;
    access.credentials.endpoint_url = url_of(s3);
    access.hedge_after = std::chrono::milliseconds(0);
    access.connections = 1;
    auto& one = open(access);
    auto& other = open(access);
    std::vector<Running<Result<storage::Content>>> hanging;
    constexpr std::size_t more_than_one_storage_has = 30;
    for (std::size_t i = 0; i < more_than_one_storage_has; ++i) {
        hanging.emplace_back(context, reading(one));
    }
    hanging.emplace_back(context, reading(other));
    constexpr std::size_t of_one = 1 + 10;  // beside its reads there are hedges and probes
    context.restart();
    while (s3.requests.size() < of_one + 1) {
        ASSERT_NE(context.run_one(), 0U);
    }
    context.poll();
    EXPECT_EQ(s3.connections, of_one + 1);
}

TEST(StorageAccesses, are_as_the_settings_say) {
    constexpr std::array groups{SettingGroup::storage, SettingGroup::access, SettingGroup::reading};
    const auto configuration = configure(groups, {},
                                         {{"TAPALCATL_ROLE_ARN", "arn:aws:iam::123456789012:role/a"},
                                          {"TAPALCATL_ADDRESSING", "path"},
                                          {"REQUESTER_PAYS", "true"},
                                          {"TAPALCATL_S3_CONNECTIONS", "7"},
                                          {"TAPALCATL_HEDGE_AFTER", "3s"}});
    ASSERT_TRUE(configuration) << configuration.error();
    const auto access = app::storage_access(configuration->settings);
    EXPECT_EQ(access.credentials.role_arn, "arn:aws:iam::123456789012:role/a");
    EXPECT_EQ(access.credentials.profile, "");
    EXPECT_EQ(access.addressing, aws::Addressing::path);
    EXPECT_TRUE(access.requester_pays);
    EXPECT_FALSE(access.missing_on_403);
    EXPECT_EQ(access.connections, 7U);
    EXPECT_EQ(access.hedge_after, std::chrono::seconds(3));
    EXPECT_EQ(access.archive_limit, configuration->settings.read.archive_limit);
}

}  // namespace
}  // namespace tapalcatl::tests
