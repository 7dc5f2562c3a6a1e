#include "net/connection.hpp"
#include "net/tls.hpp"

#include "tests/net/fixture.hpp"

#include <boost/asio/this_coro.hpp>
#include <gtest/gtest.h>

#include <fstream>

#include <unistd.h>

namespace tapalcatl::net {
namespace {

constexpr const char* amazon = "/etc/pki/tls/certs/ca-bundle.crt";
constexpr const char* debian = "/etc/ssl/certs/ca-certificates.crt";

bool nothing(const std::string& /*path*/) {
    return false;
}
bool everything(const std::string& /*path*/) {
    return true;
}

TEST(CaBundle, that_is_configured_goes_before_all) {
    EXPECT_EQ(*find_ca_bundle("/mine", {{"AWS_CA_BUNDLE", "/aws"}}, everything), "/mine");
}

TEST(CaBundle, comes_from_the_variables_in_their_order) {
    EXPECT_EQ(*find_ca_bundle("", {{"SSL_CERT_FILE", "/ssl"}, {"AWS_CA_BUNDLE", "/aws"}}, everything), "/aws");
    EXPECT_EQ(*find_ca_bundle("", {{"SSL_CERT_FILE", "/ssl"}, {"AWS_CA_BUNDLE", ""}}, everything), "/ssl");
}

TEST(CaBundle, that_is_named_is_taken_even_if_it_is_missing) {
    EXPECT_EQ(*find_ca_bundle("", {{"AWS_CA_BUNDLE", "/gone"}}, nothing), "/gone");
}

TEST(CaBundle, is_the_system_s_where_nothing_is_named) {
    EXPECT_EQ(*find_ca_bundle("", {}, everything), amazon);
    EXPECT_EQ(*find_ca_bundle("", {}, [](const std::string& path) { return path == debian; }), debian);
}

TEST(CaBundle, that_is_nowhere_is_told_with_the_places) {
    const auto bundle = find_ca_bundle("", {}, nothing);
    ASSERT_FALSE(bundle);
    EXPECT_EQ(bundle.error().code, Errc::denied);
    for (const std::string place : {amazon, debian, "AWS_CA_BUNDLE"}) {
        EXPECT_NE(bundle.error().message.find(place), std::string::npos) << bundle.error();
    }
}

}  // namespace
}  // namespace tapalcatl::net

namespace tapalcatl::tests {
namespace {

class TlsTest : public ClientTest {
 protected:
    TlsTest() {
        std::ofstream(ca_file) << authority.pem();
        options.ca_bundle = ca_file;
    }
    ~TlsTest() override { std::filesystem::remove(ca_file); }

    ScriptedServer& serve_tls(const std::string& names, std::vector<ScriptedServer::Script> scripts) {
        ServerOptions server_options;
        server_options.certificate = authority.issue(names);
        return serve(std::move(scripts), server_options);
    }

    Result<net::Response> get_tls(const std::string& host = "a.example") { return send(request(host, true)); }

    void expect_refused(const std::string& words) {
        expect_failure(get_tls(), Errc::denied, words);
        expect_failure(get_tls(), Errc::denied, "a.example");
        EXPECT_EQ(client().counters().open, 0U);
    }

    Authority authority;
    std::string ca_file = testing::TempDir() + fmt::format("net-{}-{}.pem", ::getpid(), fmt::ptr(this));
};

TEST_F(TlsTest, reaches_a_server_whose_name_is_in_its_certificate) {
    auto& server = serve_tls("DNS:a.example", {{{ok("secret")}}});
    EXPECT_EQ(body_of(get_tls()), "secret");
    EXPECT_EQ(body_of(get_tls()), "secret");
    EXPECT_EQ(server.connections, 1U);
    EXPECT_EQ(server.server_names, std::vector<std::string>{"a.example"});
    EXPECT_EQ(server.protocols, std::vector<std::string>{"http/1.1"});
    EXPECT_EQ(server.requests.at(0), fmt::format("GET /a HTTP/1.1\r\nHost: a.example:{}\r\n\r\n", server.port()));
}

TEST_F(TlsTest, takes_a_wildcard_for_one_label) {
    serve_tls("DNS:*.s3.example", {{{ok("")}}});
    EXPECT_TRUE(get_tls("bucket.s3.example"));
    expect_failure(get_tls("my.bucket.s3.example"), Errc::denied, "hostname mismatch");
    expect_failure(get_tls("s3.example"), Errc::denied, "hostname mismatch");
}

TEST_F(TlsTest, checks_addresses_against_addresses) {
    auto& server = serve_tls("IP:127.0.0.1", {{{ok("")}}});
    EXPECT_TRUE(get_tls("127.0.0.1"));
    EXPECT_EQ(server.server_names, std::vector<std::string>{""});
}

TEST_F(TlsTest, does_not_take_a_name_for_an_address) {
    serve_tls("DNS:127.0.0.1", {{{ok("")}}});
    expect_failure(get_tls("127.0.0.1"), Errc::denied, "IP address mismatch");
}

TEST_F(TlsTest, refuses_a_certificate_for_another_name) {
    auto& server = serve_tls("DNS:b.example", {{{ok("")}}});
    expect_refused("hostname mismatch");
    EXPECT_TRUE(server.requests.empty());
}

TEST_F(TlsTest, does_not_take_a_common_name_for_the_server_s_name) {
    ServerOptions server_options;
    server_options.certificate = authority.issue("", std::chrono::hours(1), "a.example");
    serve({{{ok("")}}}, server_options);
    expect_refused("hostname mismatch");
}

TEST_F(TlsTest, refuses_an_expired_certificate) {
    ServerOptions server_options;
    server_options.certificate = authority.issue("DNS:a.example", std::chrono::seconds(-60));
    serve({{{ok("")}}}, server_options);
    expect_refused("expired");
}

TEST_F(TlsTest, refuses_a_certificate_of_an_unknown_authority) {
    ServerOptions server_options;
    server_options.certificate = Authority().issue("DNS:a.example");
    serve({{{ok("")}}}, server_options);
    expect_refused("certificate is not accepted");
}

TEST_F(TlsTest, says_that_the_authorities_cannot_be_read) {
    serve_tls("DNS:a.example", {{{ok("")}}});
    options.ca_bundle = ca_file + ".gone";
    expect_refused(".gone");
}

TEST_F(TlsTest, says_that_the_file_of_authorities_has_none) {
    serve_tls("DNS:a.example", {{{ok("")}}});
    std::ofstream(ca_file) << "no certificates here\n";
    expect_refused("cannot be read");
}

TEST_F(TlsTest, says_that_there_are_no_authorities_only_to_who_needs_them) {
    options.ca_bundle = fail(Errc::denied, "no certificate authorities");
    serve({{{ok("plain")}}});
    EXPECT_EQ(body_of(get()), "plain");
    expect_failure(get_tls(), Errc::denied, "no certificate authorities");
}

class EarlyAnswerTest : public TlsTest {
 protected:
    /// A server that sends an answer and, in the same segment but in a record of its own, one that nobody asked for.
    ScriptedServer& serve_early_answer() {
        constexpr std::size_t record_size = 512;
        while (ok(first).size() < record_size) {
            first += 'x';
        }
        EXPECT_EQ(ok(first).size(), record_size);
        ServerOptions server_options;
        server_options.certificate = authority.issue("DNS:a.example");
        server_options.record_size = record_size;
        return serve({{{ok(first) + ok("early")}}, {{ok("right")}}}, server_options);
    }

    std::string first = "first";
};

TEST_F(EarlyAnswerTest, is_not_taken_for_the_answer_to_the_next_request) {
    auto& server = serve_early_answer();
    EXPECT_EQ(body_of(get_tls()), first);
    EXPECT_EQ(body_of(get_tls()), "right");
    EXPECT_EQ(server.connections, 2U);
}

TEST_F(EarlyAnswerTest, is_not_taken_for_the_answer_to_a_request_that_waits) {
    options.pool.per_origin = 1;
    auto& server = serve_early_answer();
    const auto one = start(request("a.example", true));
    const auto other = start(request("a.example", true));
    run_until([&] { return one.done() && other.done(); });
    EXPECT_EQ(body_of(*one), first);
    EXPECT_EQ(body_of(*other), "right");
    EXPECT_EQ(server.connections, 2U);
}

TEST_F(TlsTest, resumes_its_session) {
    auto& server = serve_tls("DNS:a.example", {{{ok("")}}});
    EXPECT_TRUE(get_tls());
    EXPECT_EQ(server.resumed, 0U);
    client().close_idle();
    EXPECT_TRUE(get_tls());
    client().close_idle();
    EXPECT_TRUE(get_tls());
    EXPECT_EQ(server.connections, 3U);
    EXPECT_EQ(server.resumed, 2U);
    EXPECT_EQ(client().counters().tls_resumed, 2U);
}

TEST_F(TlsTest, does_not_resume_the_session_of_another_name) {
    auto& server = serve_tls("DNS:a.example,DNS:b.example", {{{ok("")}}});
    EXPECT_TRUE(get_tls("a.example"));
    EXPECT_TRUE(get_tls("b.example"));
    EXPECT_EQ(server.resumed, 0U);
}

TEST_F(TlsTest, replaces_a_kept_connection_that_died) {
    for (const auto then : {Then::close, Then::vanish, Then::reset}) {
        serve_tls("DNS:a.example", {{{ok("1")}, {"", then}}, {{ok("2")}}});
        EXPECT_EQ(body_of(get_tls()), "1");
        EXPECT_EQ(body_of(get_tls()), "2");
        EXPECT_EQ(client().counters().retried, 1U);
        forget_client();
    }
}

TEST_F(TlsTest, does_not_mind_a_missing_close_notify_after_a_complete_answer) {
    serve_tls("DNS:a.example", {{{ok("all"), Then::vanish}}});
    EXPECT_EQ(body_of(get_tls()), "all");
    EXPECT_EQ(body_of(get_tls()), "all");
}

TEST_F(TlsTest, takes_a_missing_close_notify_for_a_cut_where_only_the_end_tells_the_length) {
    serve_tls("DNS:a.example", {{{"HTTP/1.1 200 OK\r\n\r\nsome", Then::vanish}}});
    expect_failure(get_tls(), Errc::unavailable, "close_notify");
    serve_tls("DNS:a.example", {{{"HTTP/1.1 200 OK\r\n\r\nsome", Then::close}}});
    EXPECT_EQ(body_of(get_tls()), "some");
}

TEST_F(TlsTest, takes_half_an_answer_for_a_failure_that_may_pass) {
    for (const auto then : {Then::close, Then::vanish}) {
        serve_tls("DNS:a.example", {{{"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf", then}}});
        expect_failure(get_tls(), Errc::unavailable, "4 of 9");
    }
}

TEST_F(TlsTest, reads_a_megabyte) {
    const std::string large(1'000'000, 'x');
    serve_tls("DNS:a.example", {{{ok(large)}}});
    EXPECT_EQ(body_of(get_tls()), large);
}

TEST_F(TlsTest, times_out_in_the_handshake) {
    options.timeouts.tls = Milliseconds(30);
    ServerOptions server_options;
    server_options.certificate = authority.issue("DNS:a.example");
    server_options.accepts = false;
    serve({{{ok("")}}}, server_options);
    expect_failure(get_tls(), Errc::timeout, "TLS handshake");
}

TEST_F(TlsTest, times_out_where_a_body_stalls) {
    serve_tls("DNS:a.example", {{{"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf", Then::hold}}});
    auto wanted = request("a.example", true);
    wanted.deadline = std::chrono::steady_clock::now() + Milliseconds(100);
    expect_failure(send(wanted), Errc::timeout, "timed out");
}

TEST_F(TlsTest, does_not_speak_to_a_server_without_tls) {
    serve({{{"HTTP/1.1 400 Bad Request\r\n\r\n", Then::close}}});
    // The server never sees the end of a request: the client's first message is not HTTP.
    options.timeouts.tls = Milliseconds(30);
    expect_failure(get_tls(), Errc::timeout, "TLS handshake");
}

class TunnelTest : public TlsTest {
 protected:
    ScriptedServer& serve_by_proxy(const std::string& answer) {
        ServerOptions server_options;
        server_options.certificate = authority.issue("DNS:a.example");
        server_options.answer_to_connect = answer;
        auto& server = serve({{{ok("through")}}}, server_options);
        options.proxies.for_https = net::Proxy{"127.0.0.1", server.port(), Secret("Basic abc")};
        return server;
    }

    Result<net::Response> get_by_proxy() {
        auto wanted = request();
        wanted.url = *parse_url("https://a.example/b");
        return send(wanted);
    }
};

TEST_F(TunnelTest, leads_through_a_proxy_to_the_server) {
    auto& server = serve_by_proxy("HTTP/1.1 200 Connection established\r\n\r\n");
    EXPECT_EQ(body_of(get_by_proxy()), "through");
    EXPECT_EQ(body_of(get_by_proxy()), "through");
    EXPECT_EQ(server.connections, 1U);
    ASSERT_EQ(server.requests.size(), 3U);
    EXPECT_EQ(server.requests[0],
              "CONNECT a.example:443 HTTP/1.1\r\nHost: a.example:443\r\nProxy-Authorization: Basic abc\r\n\r\n");
    EXPECT_EQ(server.requests[1], "GET /b HTTP/1.1\r\nHost: a.example\r\n\r\n");  // no proxy's credentials in it
}

TEST_F(TunnelTest, says_that_the_proxy_wants_other_credentials) {
    serve_by_proxy("HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 3\r\n\r\nno!");
    expect_failure(get_by_proxy(), Errc::denied, "407");
    expect_failure(get_by_proxy(), Errc::denied, "proxy 127.0.0.1");
}

TEST_F(TunnelTest, says_that_the_proxy_cannot_reach_the_server) {
    serve_by_proxy("HTTP/1.1 502 Bad Gateway\r\n\r\n");
    expect_failure(get_by_proxy(), Errc::unavailable, "502");
}

TEST_F(TunnelTest, is_not_used_for_excepted_hosts) {
    serve_by_proxy("HTTP/1.1 502 Bad Gateway\r\n\r\n");
    options.proxies.no_proxy = "a.example";
    options.timeouts.tls = Milliseconds(30);
    expect_failure(get_tls(), Errc::timeout, "TLS handshake");  // asked for TLS, where the proxy wants a CONNECT
}

/// Shakes hands with a server on loopback, by a Tls of these options.
Awaitable<Result<void>> shake_hands(std::uint16_t port, std::shared_ptr<net::Tls> tls) {
    const auto executor = co_await boost::asio::this_coro::executor;
    net::Connection connection(executor);
    connection.expires_at(std::chrono::steady_clock::now() + std::chrono::seconds(20));
    const boost::asio::ip::tcp::endpoint endpoint(boost::asio::ip::address_v4::loopback(), port);
    const auto error = co_await connection.connect(endpoint);
    EXPECT_FALSE(error) << error.message();
    const std::string host = "a.example";
    const auto done = co_await connection.start_tls(tls, host, port);
    co_return done;
}

TEST_F(TlsTest, announces_no_protocol_if_it_is_not_http) {
    auto& server = serve_tls("DNS:a.example", {{{ok("")}}});
    const auto done =
        run(context, shake_hands(server.port(), std::make_shared<net::Tls>(ca_file, net::TlsOptions{false, true})));
    ASSERT_TRUE(done) << done.error();
    run_until([&] { return !server.protocols.empty(); });
    EXPECT_EQ(server.protocols, std::vector<std::string>{""});
}

TEST_F(TlsTest, takes_any_certificate_only_where_it_is_told_to) {
    auto& server = serve_tls("DNS:b.example", {{{ok("")}}});
    const auto refused =
        run(context, shake_hands(server.port(), std::make_shared<net::Tls>(ca_file, net::TlsOptions{false, true})));
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, Errc::denied);
    const Result<std::string> no_authorities = fail(Errc::denied, "none");
    const auto done = run(
        context, shake_hands(server.port(), std::make_shared<net::Tls>(no_authorities, net::TlsOptions{false, false})));
    EXPECT_TRUE(done) << done.error();
}

}  // namespace
}  // namespace tapalcatl::tests
