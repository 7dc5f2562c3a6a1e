#include "tests/credentials/provider_fixture.hpp"

#include <fstream>

#include <unistd.h>

namespace tapalcatl::credentials::tests {
namespace {

class ContainerTest : public ProviderTest {};

TEST_F(ContainerTest, asks_the_agent_with_the_token) {
    provide(container_plan({given("one", hours(1))}));
    EXPECT_EQ(ask_for_id(), "one");
    EXPECT_EQ(server->requests.at(0),
              fmt::format("GET /creds?id=1 HTTP/1.1\r\nhost: 127.0.0.1:{}\r\nauthorization: HUSH-authorization\r\n\r\n",
                          server->port()));
}

TEST_F(ContainerTest, reads_the_token_from_its_file_each_time) {
    auto plan = container_plan({given("one", hours(1)), given("two", hours(2))});
    std::get<Container>(plan.kind).token_file = "/token";
    const auto tokens = std::make_shared<std::vector<std::string>>(std::vector<std::string>{"first\n", "second"});
    auto environment = machine({});
    environment.file = [tokens](const std::string& path) -> Result<std::string> {
        EXPECT_EQ(path, "/token");
        auto token = tokens->front();
        tokens->erase(tokens->begin());
        return token;
    };
    provide(std::move(plan), std::move(environment));
    EXPECT_EQ(ask_for_id(), "one");
    clock.pass(hours(1));
    EXPECT_EQ(ask_for_id(), "two");
    EXPECT_NE(server->requests.at(0).find("authorization: first\r\n"), std::string::npos);
    EXPECT_NE(server->requests.at(1).find("authorization: second\r\n"), std::string::npos);
}

TEST_F(ContainerTest, asks_nobody_if_the_token_file_is_no_use) {
    for (const auto& files : {Texts{}, Texts{{"/token", "\r\n"}}, Texts{{"/token", "HUSH\r\nX: y"}}}) {
        auto plan = container_plan({given("one", hours(1))});
        std::get<Container>(plan.kind).token_file = "/token";
        provide(std::move(plan), machine({}, files));
        expect_failure(ask(), Errc::usage, {"container", "token"});
        EXPECT_TRUE(server->requests.empty());
    }
}

TEST_F(ContainerTest, asks_again_after_a_failure_that_passes) {
    provide(
        container_plan({status("500 Internal Server Error"), status("429 Too Many Requests"), given("one", hours(1))}));
    EXPECT_EQ(ask_for_id(), "one");
    EXPECT_EQ(server->requests.size(), 3U);
}

TEST_F(ContainerTest, gives_up_after_three_attempts) {
    provide(container_plan({status("503 Service Unavailable", "HUSH")}));
    expect_failure(ask(), Errc::unavailable, {"container's agent", "127.0.0.1", "503"});
    EXPECT_EQ(server->requests.size(), 3U);
}

TEST_F(ContainerTest, asks_again_after_a_connection_that_broke) {
    server = &serve({{{"", Then::reset}}, {{given("one", hours(1))}}});
    provide({Container{url_of(*server), {}, {}}, "container"});
    EXPECT_EQ(ask_for_id(), "one");
}

TEST_F(ContainerTest, does_not_ask_again_after_a_refusal) {
    for (const std::string line : {"400 Bad Request", "401 Unauthorized", "404 Not Found", "302 Found"}) {
        provide(container_plan({status(line, "HUSH")}));
        expect_failure(ask(), Errc::denied, {"container's agent", line.substr(0, 3)});
        EXPECT_EQ(server->requests.size(), 1U);
    }
}

TEST_F(ContainerTest, tells_what_the_agent_says_it_is) {
    provide(container_plan({ok(R"({"Code":"RoleMissing","Message":"no role here"})")}));
    expect_failure(ask(), Errc::denied, {"RoleMissing: no role here"});
}

TEST_F(ContainerTest, does_not_show_an_answer_that_makes_no_sense) {
    provide(container_plan({ok(R"({"AccessKeyId":"a","SecretAccessKey":"HUSH","Expiration":"tomorrow"})")}));
    expect_failure(ask(), Errc::corrupt, {"Expiration"});
    provide(container_plan({ok("HUSH")}));
    expect_failure(ask(), Errc::corrupt, {"JSON"});
    provide(container_plan({ok(std::string(70'000, 'x'))}));
    expect_failure(ask(), Errc::too_large, {"container"});
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

/// The portal is on https at a name that is not ours, so it is reached through a proxy.
class SsoTest : public ProviderTest {
 protected:
    SsoTest() {
        std::ofstream(ca_file_) << authority_.pem();
        options.ca_bundle = ca_file_;
    }
    void TearDown() override { ::unlink(ca_file_.c_str()); }

    void provide_sso(const std::vector<std::string>& answers, const Texts& files) {
        tapalcatl::tests::ServerOptions server_options;
        server_options.certificate = authority_.issue("DNS:portal.sso.eu-west-1.amazonaws.com");
        server_options.answer_to_connect = "HTTP/1.1 200 OK\r\n\r\n";
        server = &serve(one_by_one(answers), server_options);
        options.proxies.for_https = net::Proxy{"127.0.0.1", server->port(), {}};
        provide({Sso{"eu-west-1", "123456789012", "Reader", "/cache/x.json"}, "profile sso"}, machine({}, files));
    }

    std::string cached(std::chrono::seconds life) const {
        return fmt::format(R"({{"accessToken":"HUSH-sso","expiresAt":"{}"}})", time_in(life));
    }

    std::string portal_answer() const {
        return ok(fmt::format(
            R"({{"roleCredentials":{{"accessKeyId":"one","secretAccessKey":"HUSH","sessionToken":"HUSH","expiration":{}}}}})",
            std::chrono::duration_cast<milliseconds>((clock.wall() + hours(1)).time_since_epoch()).count()));
    }

 private:
    tapalcatl::tests::Authority authority_;
    std::string ca_file_ = fmt::format("{}sso-ca-{}.pem", testing::TempDir(), ::getpid());
};

TEST_F(SsoTest, asks_the_portal_for_the_role) {
    provide_sso({portal_answer()}, {{"/cache/x.json", cached(hours(1))}});
    const auto answer = ask();
    EXPECT_EQ(id_of(answer), "one");
    EXPECT_EQ((**answer).expires, clock.wall() + hours(1));
    ASSERT_EQ(server->requests.size(), 2U);
    EXPECT_EQ(server->requests[1],
              "GET /federation/credentials?account_id=123456789012&role_name=Reader HTTP/1.1\r\n"
              "host: portal.sso.eu-west-1.amazonaws.com\r\nx-amz-sso_bearer_token: HUSH-sso\r\n\r\n");
}

TEST_F(SsoTest, says_how_to_come_by_a_token) {
    provide_sso({portal_answer()}, {{"/cache/x.json", cached(-seconds(1))}});
    expect_failure(ask(), Errc::denied, {"profile sso", "expired", "aws sso login"});
    provide_sso({portal_answer()}, {});
    expect_failure(ask(), Errc::denied, {"no cached", "aws sso login"});
    provide_sso({portal_answer()}, {{"/cache/x.json", "HUSH"}});
    expect_failure(ask(), Errc::usage, {"/cache/x.json", "aws sso login"});
    EXPECT_EQ(server->connections, 0U);
}

TEST_F(SsoTest, says_that_the_token_is_not_accepted) {
    provide_sso({status("401 Unauthorized", R"({"message":"Session token not found or invalid"})")},
                {{"/cache/x.json", cached(hours(1))}});
    expect_failure(ask(), Errc::denied, {"aws sso login"});
}

TEST_F(SsoTest, says_which_role_is_refused) {
    provide_sso({status("403 Forbidden", "HUSH")}, {{"/cache/x.json", cached(hours(1))}});
    expect_failure(ask(), Errc::denied, {"403", "Reader", "123456789012"});
}

}  // namespace
}  // namespace tapalcatl::credentials::tests
