#include "credentials/sso.hpp"

#include "tests/credentials/provider_fixture.hpp"

#include <fstream>

#include <unistd.h>

namespace tapalcatl::credentials::tests {
namespace {

TEST(SsoRequests, carry_a_token_that_has_not_expired) {
    const Sso config{"us-east-1", "123456789012", "Tile Reader", "/f"};
    const SsoToken token{Secret("t0k"), time_of_request};
    const auto request = sso_request(config, token, {}, time_of_request - seconds(1));
    ASSERT_TRUE(request) << request.error();
    EXPECT_EQ(request->url,
              "https://portal.sso.us-east-1.amazonaws.com/federation/credentials?account_id=123456789012&"
              "role_name=Tile%20Reader");
    EXPECT_EQ(header(*request, "x-amz-sso_bearer_token"), "t0k");
    const auto late = sso_request(config, token, {}, time_of_request);
    ASSERT_FALSE(late);
    EXPECT_EQ(late.error().code, Errc::denied);
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

class SsoRenewalTest : public SsoTest {
 protected:
    std::string cached_with_refresh(std::chrono::seconds life) const {
        return fmt::format(R"({{"accessToken":"HUSH-old","expiresAt":"{}","clientId":"client","clientSecret":"HUSH-c",)"
                           R"("refreshToken":"HUSH-r1","registrationExpiresAt":"{}","region":"eu-west-1"}})",
                           time_in(life), time_in(hours(24)));
    }

    /// The portal and OIDC without TLS, and a cache that can be written if `is_writable`.
    void provide_renewal(const std::string& oidc_response, std::chrono::seconds life, bool is_writable = true) {
        oidc = &serve(one_by_one({oidc_response}));
        server = &serve(one_by_one({portal_answer(), portal_answer()}));
        *file = cached_with_refresh(life);
        auto environment =
            machine({{"AWS_ENDPOINT_URL_SSO", url_of(*server)}, {"AWS_ENDPOINT_URL_SSO_OIDC", url_of(*oidc)}});
        environment.file = [text = file](const std::string&) -> Result<std::string> { return *text; };
        if (is_writable) {
            environment.replace_file = [to = file](const std::string&, const std::string& text) -> Result<void> {
                *to = text;
                return {};
            };
        }
        provide({Sso{"eu-west-1", "123456789012", "Reader", "/cache/x.json", "corp"}, "profile sso"},
                std::move(environment));
    }

    const std::string new_token = ok(R"({"accessToken":"HUSH-new","expiresIn":3600,"refreshToken":"HUSH-r2"})");
    ScriptedServer* oidc = nullptr;
    std::shared_ptr<std::string> file = std::make_shared<std::string>();
};

TEST_F(SsoRenewalTest, renews_a_token_that_has_expired_and_stores_it) {
    provide_renewal(new_token, -seconds(1));
    EXPECT_EQ(ask_for_id(), "one");
    ASSERT_EQ(oidc->requests.size(), 1U);
    EXPECT_TRUE(oidc->requests[0].starts_with("POST /token HTTP/1.1\r\n")) << oidc->requests[0];
    EXPECT_TRUE(oidc->requests[0].ends_with(
        R"({"grantType":"refresh_token","clientId":"client","clientSecret":"HUSH-c","refreshToken":"HUSH-r1"})"))
        << oidc->requests[0];
    EXPECT_NE(server->requests.at(0).find("x-amz-sso_bearer_token: HUSH-new\r\n"), std::string::npos);
    const auto stored = parse_sso_token(*file);
    ASSERT_TRUE(stored) << stored.error();
    EXPECT_EQ(stored->access_token, Secret("HUSH-new"));
    EXPECT_EQ(stored->expires, clock.wall() + hours(1));
    EXPECT_NE(file->find("HUSH-r2"), std::string::npos);
}

TEST_F(SsoRenewalTest, leaves_a_token_alone_that_is_valid_for_longer) {
    provide_renewal(new_token, minutes(16));
    EXPECT_EQ(ask_for_id(), "one");
    EXPECT_TRUE(oidc->requests.empty());
}

TEST_F(SsoRenewalTest, uses_a_token_that_is_still_valid_if_the_renewal_fails) {
    provide_renewal(status("400 Bad Request", "HUSH"), minutes(5));
    EXPECT_EQ(ask_for_id(), "one");
    EXPECT_EQ(oidc->requests.size(), 1U);
    EXPECT_NE(server->requests.at(0).find("x-amz-sso_bearer_token: HUSH-old\r\n"), std::string::npos);
}

TEST_F(SsoRenewalTest, says_why_an_expired_token_was_not_renewed) {
    provide_renewal(status("400 Bad Request", "HUSH"), -seconds(1));
    expect_failure(ask(), Errc::denied, {"expired", "status 400", "aws sso login"});
    EXPECT_TRUE(server->requests.empty());
}

TEST_F(SsoRenewalTest, keeps_a_token_that_cannot_be_stored) {
    provide_renewal(new_token, -seconds(1), false);
    const auto first = ask();
    ASSERT_EQ(id_of(first), "one");
    clock.pass(minutes(30));
    EXPECT_TRUE(provider().invalidate(**first));
    EXPECT_EQ(ask_for_id(), "one");
    EXPECT_EQ(server->requests.size(), 2U);
    EXPECT_EQ(oidc->requests.size(), 1U);
}

}  // namespace
}  // namespace tapalcatl::credentials::tests
