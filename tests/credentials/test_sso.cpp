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

}  // namespace
}  // namespace tapalcatl::credentials::tests
