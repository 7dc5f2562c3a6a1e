#include "credentials/instance_region.hpp"

#include "tests/net/fixture.hpp"

namespace tapalcatl::credentials {
namespace {

using tapalcatl::tests::ok;
using tapalcatl::tests::ScriptedServer;

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
}  // namespace tapalcatl::credentials
