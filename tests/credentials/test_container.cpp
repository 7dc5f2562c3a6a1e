#include "credentials/container.hpp"

#include "tests/credentials/provider_fixture.hpp"

namespace tapalcatl::credentials::tests {
namespace {

TEST(ContainerUrls, are_absent_where_nothing_is_set) {
    const auto url = container_url(machine({}));
    ASSERT_TRUE(url);
    EXPECT_EQ(*url, std::nullopt);
}

TEST(ContainerUrls, are_rather_the_relative_one) {
    const auto url = container_url(machine({{"AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "/v2/x"},
                                            {"AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://localhost/y"}}));
    ASSERT_TRUE(url);
    EXPECT_EQ(*url, "http://169.254.170.2/v2/x");
}

TEST(ContainerUrls, that_are_relative_cannot_change_the_host) {
    for (const auto* path : {"x", "@evil.example/x", ".evil.example/x", "/x y", "/x\r\nHost: y"}) {
        EXPECT_FALSE(container_url(machine({{"AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", path}}))) << path;
    }
}

TEST(ContainerUrls, may_be_secure_or_near) {
    for (const auto* good :
         {"https://credentials.example.com/x", "http://localhost:8080/x", "http://127.0.0.1/x", "http://127.8.9.1:80",
          "http://[::1]:1/x", "http://169.254.170.2/x", "http://169.254.170.23/v1/credentials",
          "http://[fd00:ec2::23]/v1/credentials", "http://LocalHost/x"}) {
        const auto url = container_url(machine({{"AWS_CONTAINER_CREDENTIALS_FULL_URI", good}}));
        ASSERT_TRUE(url) << url.error();
        EXPECT_EQ(*url, good);
    }
}

TEST(ContainerUrls, that_would_give_a_token_away_are_refused) {
    for (const auto* bad : {"http://example.com/x",
                            "http://169.254.170.3/x",
                            "http://localhost.example.com/x",
                            "http://localhost@example.com/x",
                            "http://127.0.0.1.example.com/x",
                            "http://127.example.com.a.b/",
                            "http://127.0.0.1\\@example.com/",
                            "http://example.com#localhost",
                            "http://example.com?localhost",
                            "http://[::1].example.com@x/",
                            "http://[::1].example.com/",
                            "ftp://localhost/x",
                            "localhost",
                            "http://",
                            "https://",
                            "http:/",
                            "http",
                            "http://[::1",
                            "http://localhost/x y",
                            "HTTP://"}) {
        EXPECT_FALSE(container_url(machine({{"AWS_CONTAINER_CREDENTIALS_FULL_URI", bad}}))) << bad;
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

class ContainerTest : public ProviderTest {};

TEST_F(ContainerTest, asks_the_agent_with_the_token) {
    provide(container_config({given("one", hours(1))}));
    EXPECT_EQ(ask_for_id(), "one");
    EXPECT_EQ(server->requests.at(0),
              fmt::format("GET /creds?id=1 HTTP/1.1\r\nhost: 127.0.0.1:{}\r\nauthorization: HUSH-authorization\r\n\r\n",
                          server->port()));
}

TEST_F(ContainerTest, reads_the_token_from_its_file_each_time) {
    auto config = container_config({given("one", hours(1)), given("two", hours(2))});
    std::get<Container>(config.kind).token_file = "/token";
    const auto tokens = std::make_shared<std::vector<std::string>>(std::vector<std::string>{"first\n", "second"});
    auto environment = machine({});
    environment.file = [tokens](const std::string& path) -> Result<std::string> {
        EXPECT_EQ(path, "/token");
        auto token = tokens->front();
        tokens->erase(tokens->begin());
        return token;
    };
    provide(std::move(config), std::move(environment));
    EXPECT_EQ(ask_for_id(), "one");
    clock.pass(hours(1));
    EXPECT_EQ(ask_for_id(), "two");
    EXPECT_NE(server->requests.at(0).find("authorization: first\r\n"), std::string::npos);
    EXPECT_NE(server->requests.at(1).find("authorization: second\r\n"), std::string::npos);
}

TEST_F(ContainerTest, asks_nobody_if_the_token_file_is_no_use) {
    for (const auto& files : {Texts{}, Texts{{"/token", "\r\n"}}, Texts{{"/token", "HUSH\r\nX: y"}}}) {
        auto config = container_config({given("one", hours(1))});
        std::get<Container>(config.kind).token_file = "/token";
        provide(std::move(config), machine({}, files));
        expect_failure(ask(), Errc::usage, {"container", "token"});
        EXPECT_TRUE(server->requests.empty());
    }
}

TEST_F(ContainerTest, asks_again_after_a_failure_that_passes) {
    provide(container_config(
        {status("500 Internal Server Error"), status("429 Too Many Requests"), given("one", hours(1))}));
    EXPECT_EQ(ask_for_id(), "one");
    EXPECT_EQ(server->requests.size(), 3U);
}

TEST_F(ContainerTest, gives_up_after_three_attempts) {
    provide(container_config({status("503 Service Unavailable", "HUSH")}));
    expect_failure(ask(), Errc::unavailable, {"container agent", "127.0.0.1", "503"});
    EXPECT_EQ(server->requests.size(), 3U);
}

TEST_F(ContainerTest, asks_again_after_a_connection_that_broke) {
    server = &serve({{{"", Then::reset}}, {{given("one", hours(1))}}});
    provide({Container{url_of(*server), {}, {}}, "container"});
    EXPECT_EQ(ask_for_id(), "one");
}

TEST_F(ContainerTest, does_not_ask_again_after_a_refusal) {
    for (const std::string line : {"400 Bad Request", "401 Unauthorized", "404 Not Found", "302 Found"}) {
        provide(container_config({status(line, "HUSH")}));
        expect_failure(ask(), Errc::denied, {"container agent", line.substr(0, 3)});
        EXPECT_EQ(server->requests.size(), 1U);
    }
}

TEST_F(ContainerTest, tells_what_the_agent_says_it_is) {
    provide(container_config({ok(R"({"Code":"RoleMissing","Message":"no role here"})")}));
    expect_failure(ask(), Errc::denied, {"RoleMissing: no role here"});
}

TEST_F(ContainerTest, does_not_show_an_answer_that_makes_no_sense) {
    provide(container_config({ok(R"({"AccessKeyId":"a","SecretAccessKey":"HUSH","Expiration":"tomorrow"})")}));
    expect_failure(ask(), Errc::corrupt, {"Expiration"});
    provide(container_config({ok("HUSH")}));
    expect_failure(ask(), Errc::corrupt, {"JSON"});
    provide(container_config({ok(std::string(70'000, 'x'))}));
    expect_failure(ask(), Errc::too_large, {"container"});
}

}  // namespace
}  // namespace tapalcatl::credentials::tests
