#include "credentials/imds.hpp"

#include "tests/credentials/provider_fixture.hpp"

namespace tapalcatl::credentials::tests {
namespace {

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

class MetadataTest : public ProviderTest {
 protected:
    static std::string token(const std::string& text = "HUSH-t1", const std::string& seconds = "21600") {
        return fmt::format(
            "HTTP/1.1 200 OK\r\nX-Aws-Ec2-Metadata-Token-Ttl-Seconds: {}\r\nContent-Length: {}\r\n\r\n{}", seconds,
            text.size(), text);
    }

    void provide_metadata(const std::vector<std::string>& answers) {
        server = &serve(one_by_one(answers));
        provide({InstanceMetadata{url_of(*server)}, "instance metadata"});
    }

    /// The request lines, one after the other.
    std::vector<std::string> asked() const {
        std::vector<std::string> lines;
        for (const auto& request : server->requests) {
            lines.push_back(request.substr(0, request.find(" HTTP/1.1")));
        }
        return lines;
    }

    const std::string put_token = "PUT /latest/api/token";
    const std::string get_role = "GET /latest/meta-data/iam/security-credentials/";
    const std::string get_keys = "GET /latest/meta-data/iam/security-credentials/tiles";
};

TEST_F(MetadataTest, speaks_version_2) {
    provide_metadata({token(), ok("tiles\n"), given("one", hours(6))});
    EXPECT_EQ(ask_for_id(), "one");
    const auto host = fmt::format("host: 127.0.0.1:{}\r\n", server->port());
    ASSERT_EQ(server->requests.size(), 3U);
    EXPECT_EQ(server->requests[0], put_token + " HTTP/1.1\r\n" + host +
                                       "x-aws-ec2-metadata-token-ttl-seconds: 21600\r\nContent-Length: 0\r\n\r\n");
    EXPECT_EQ(server->requests[1], get_role + " HTTP/1.1\r\n" + host + "x-aws-ec2-metadata-token: HUSH-t1\r\n\r\n");
    EXPECT_EQ(server->requests[2], get_keys + " HTTP/1.1\r\n" + host + "x-aws-ec2-metadata-token: HUSH-t1\r\n\r\n");
}

TEST_F(MetadataTest, keeps_the_token_for_its_time) {
    provide_metadata({token(), ok("tiles"), given("one", hours(1)), ok("tiles"), given("two", hours(6)), token("t2"),
                      ok("tiles"), given("three", hours(12))});
    EXPECT_EQ(ask_for_id(), "one");
    clock.pass(minutes(61));
    EXPECT_EQ(ask_for_id(), "two");
    clock.pass(seconds(299 * 60 - 30));
    EXPECT_EQ(ask_for_id(), "three");
    EXPECT_EQ(asked(), (std::vector{put_token, get_role, get_keys, get_role, get_keys, put_token, get_role, get_keys}));
    EXPECT_NE(server->requests.at(7).find("x-aws-ec2-metadata-token: t2\r\n"), std::string::npos);
}

TEST_F(MetadataTest, replaces_a_token_that_is_not_accepted_any_more_once) {
    provide_metadata({token(), status("401 Unauthorized"), token("t2"), ok("tiles"), given("one", hours(6))});
    EXPECT_EQ(ask_for_id(), "one");
    EXPECT_NE(server->requests.at(4).find("x-aws-ec2-metadata-token: t2\r\n"), std::string::npos);
    provide_metadata({token(), status("401 Unauthorized"), token("t2"), status("401 Unauthorized")});
    expect_failure(ask(), Errc::denied, {"401", "role"});
    EXPECT_EQ(server->requests.size(), 4U);
}

TEST_F(MetadataTest, says_that_an_instance_has_no_role) {
    provide_metadata({token(), status("404 Not Found")});
    expect_failure(ask(), Errc::denied, {"instance metadata", "no role", "instance profile"});
}

TEST_F(MetadataTest, says_that_it_is_switched_off) {
    provide_metadata({status("403 Forbidden")});
    expect_failure(ask(), Errc::denied, {"switched off"});
    EXPECT_EQ(asked(), std::vector{put_token});
}

TEST_F(MetadataTest, does_not_fall_back_to_version_1) {
    provide_metadata({status("404 Not Found"), ok("tiles"), given("one", hours(6))});
    expect_failure(ask(), Errc::denied, {"404", "token"});
    EXPECT_EQ(asked(), std::vector{put_token});
}

TEST_F(MetadataTest, names_all_places_where_nobody_is_there) {
    std::uint16_t port = 0;
    {
        const boost::asio::ip::tcp::acceptor closed(context, {boost::asio::ip::address_v4::loopback(), 0});
        port = closed.local_endpoint().port();
    }
    provide({InstanceMetadata{fmt::format("http://127.0.0.1:{}", port)}, "instance metadata"},
            machine({{"AWS_PROFILE", "tiles"}}));
    expect_failure(ask(), Errc::denied,
                   {"no AWS credentials", "environment", "profile tiles", "container", "instance metadata",
                    "AWS_ACCESS_KEY_ID", "TAPALCATL_ANONYMOUS=on", "127.0.0.1"});
}

TEST_F(MetadataTest, gives_up_soon_where_nobody_answers) {
    times.metadata_attempt = milliseconds(30);
    server = &serve({{{"", Then::hold}}});
    provide({InstanceMetadata{url_of(*server)}, "instance metadata"});
    expect_failure(ask(), Errc::denied, {"no AWS credentials", "timed out"});
    EXPECT_EQ(server->requests.size(), 3U);
}

TEST_F(MetadataTest, that_was_there_is_only_unavailable_for_now) {
    provide_metadata({token("t1", "61"), ok("tiles"), given("one", hours(1)), status("500 Internal Server Error")});
    EXPECT_EQ(ask_for_id(), "one");
    clock.pass(hours(1));
    expect_failure(ask(), Errc::unavailable, {"500"});
}

TEST_F(MetadataTest, that_gives_expired_credentials_has_them_used_for_a_while) {
    provide_metadata({token(), ok("tiles"), given("one", -minutes(5)), ok("tiles"), given("two", hours(6))});
    testing::internal::CaptureStderr();
    EXPECT_EQ(ask_for_id(), "one");
    const auto log = testing::internal::GetCapturedStderr();
    EXPECT_NE(log.find("expired"), std::string::npos) << log;
    expect_no_secrets(log);
    clock.pass(minutes(4));
    EXPECT_EQ(ask_for_id(), "one");
    round_trip();
    EXPECT_EQ(server->requests.size(), 3U);
    clock.pass(minutes(2));
    EXPECT_EQ(ask_for_id(), "one");
    expect_soon("two");
}

TEST_F(MetadataTest, does_not_put_a_strange_role_or_token_into_a_request) {
    provide_metadata({token("a\r\nX: y")});
    expect_failure(ask(), Errc::corrupt, {"token"});
    provide_metadata({token(), ok("\n")});
    expect_failure(ask(), Errc::corrupt, {"role"});
    provide_metadata({token(), ok("../../x y\nz"), given("one", hours(6))});
    EXPECT_EQ(ask_for_id(), "one");
    EXPECT_EQ(asked().at(2), get_role + "..%2F..%2Fx%20y");
}

class InstanceRegionTest : public tapalcatl::tests::ClientTest {
 protected:
    Result<std::string> ask(const std::vector<std::string>& answers) {
        ScriptedServer::Script script;
        for (const auto& answer : answers) {
            script.push_back({answer});
        }
        server = &serve({script});
        return ask_at(server->port(), std::chrono::seconds(60));
    }

    Result<std::string> ask_at(std::uint16_t port, std::chrono::milliseconds time) {
        const InstanceMetadata config{fmt::format("http://127.0.0.1:{}", port)};
        const auto deadline = std::chrono::steady_clock::now() + time;
        return tapalcatl::tests::run(context, metadata_region(config, client(), clock, deadline));
    }

    static Errc code_of(const Result<std::string>& region) { return region ? Errc{} : region.error().code; }

    ScriptedServer* server = nullptr;
};

TEST_F(InstanceRegionTest, is_asked_with_a_token) {
    const auto region = ask({ok("t1"), ok("eu-central-1\n")});
    ASSERT_TRUE(region) << region.error();
    EXPECT_EQ(*region, "eu-central-1");
    EXPECT_EQ(server->requests.at(0).substr(0, 26), "PUT /latest/api/token HTTP");
    EXPECT_EQ(server->requests.at(1),
              fmt::format("GET /latest/meta-data/placement/region HTTP/1.1\r\nhost: 127.0.0.1:{}\r\n"
                          "x-aws-ec2-metadata-token: t1\r\n\r\n",
                          server->port()));
}

TEST_F(InstanceRegionTest, is_not_taken_from_anything) {
    EXPECT_EQ(code_of(ask({ok("t1"), ok("<html>")})), Errc::corrupt);
    EXPECT_EQ(code_of(ask({ok("t1"), ok("")})), Errc::corrupt);
    EXPECT_EQ(code_of(ask({ok("t1"), "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"})), Errc::denied);
    EXPECT_EQ(code_of(ask({"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n"})), Errc::denied);
}

TEST_F(InstanceRegionTest, is_not_waited_for_past_the_deadline) {
    server = &serve({{{"", Then::hold}}});
    EXPECT_EQ(code_of(ask_at(server->port(), Milliseconds(50))), Errc::timeout);
    EXPECT_EQ(server->requests.size(), 1U);
}

}  // namespace
}  // namespace tapalcatl::credentials::tests
