#include "tests/http/serving.hpp"

#include <cerrno>

namespace tapalcatl::tests {
namespace {

/// Whether this machine has an IPv6 loopback.
bool has_ipv6() {
    FakeHandler handler;
    http::Server::Options options;
    options.host = "::1";
    options.port = 0;
    http::Server server(handler, options);
    return server.listen().has_value();
}

TEST_F(ServerTest, port_0_is_any_that_is_free) {
    const auto one = listen();
    http::Server other(handler, options);
    ASSERT_TRUE(other.listen());
    EXPECT_NE(one, 0);
    EXPECT_NE(other.port(), one);
}

TEST_F(ServerTest, a_port_that_is_taken_is_said_so) {
    options.port = listen();
    http::Server other(handler, options);
    const auto listening = other.listen();
    ASSERT_FALSE(listening);
    EXPECT_EQ(listening.error().code, Errc::io);
    EXPECT_EQ(listening.error().message,
              fmt::format("cannot listen on 127.0.0.1 port {}: Address already in use", options.port));
}

TEST_F(ServerTest, a_port_that_is_taken_on_one_address_is_taken_for_all) {
    options.port = listen();
    options.host = "";
    http::Server other(handler, options);
    const auto listening = other.listen();
    ASSERT_FALSE(listening);
    EXPECT_EQ(listening.error().message,
              fmt::format("cannot listen on any address port {}: Address already in use", options.port));
}

TEST_F(ServerTest, an_address_that_is_not_this_machines_is_said_so) {
    options.host = "192.0.2.1";
    http::Server other(handler, options);
    const auto listening = other.listen();
    ASSERT_FALSE(listening);
    EXPECT_EQ(listening.error().message, "cannot listen on 192.0.2.1 port 0: Cannot assign requested address");
}

TEST_F(ServerTest, a_server_that_never_ran_goes_away_quietly) {
    const auto port = listen();
    const Client waiting(port);
    server.reset();
    EXPECT_THROW(Client{port}, std::system_error);
}

TEST_F(ServerTest, a_port_can_be_taken_again_at_once) {
    {
        auto client = connected();
        EXPECT_EQ(client.get("/", "Connection: close\r\n").status, 200U);
    }
    options.port = server->port();
    server->drain();
    finish();
    EXPECT_EQ(listen(), options.port);
}

TEST_F(ServerTest, localhost_is_served) {
    options.host = "localhost";
    start();
    EXPECT_EQ(Client(server->port()).get("/").status, 200U);
}

TEST_F(ServerTest, ipv6_is_served) {
    if (!has_ipv6()) {
        GTEST_SKIP() << "no IPv6 here";
    }
    options.host = "::1";
    EXPECT_EQ(connected().get("/").body, "GET / a.example ::1");
}

TEST_F(ServerTest, all_interfaces_are_ipv4_too_and_peers_keep_their_own_names) {
    options.host = "";
    start();
    EXPECT_EQ(Client(server->port(), "127.0.0.1").get("/").body, "GET / a.example 127.0.0.1");
    if (has_ipv6()) {
        EXPECT_EQ(Client(server->port(), "::1").get("/").body, "GET / a.example ::1");
    }
}

TEST(Accepting, pauses_where_the_next_attempt_would_fail_too) {
    const auto pauses = [](int number) {
        return http::should_pause_accepting({number, boost::system::system_category()});
    };
    for (const int number : {EMFILE, ENFILE, ENOMEM, ENOBUFS}) {
        EXPECT_TRUE(pauses(number)) << number;
    }
    for (const int number : {ECONNABORTED, EINTR, EAGAIN, EPROTO, ENETDOWN}) {
        EXPECT_FALSE(pauses(number)) << number;
    }
}

}  // namespace
}  // namespace tapalcatl::tests
