#include "tests/net/fixture.hpp"

#include <sys/socket.h>

namespace tapalcatl::tests {
namespace {

TEST_F(ClientTest, gets_an_answer) {
    auto& server = serve({{{"HTTP/1.1 206 Partial Content\r\nContent-Length: 5\r\nETag: \"x\"\r\n\r\nhello"}}});
    auto wanted = request();
    wanted.headers = {{"Range", "bytes=-5"}};
    const auto response = send(wanted);
    EXPECT_EQ(body_of(response), "hello");
    EXPECT_EQ(response->status, 206U);
    EXPECT_EQ(response->find("etag"), "\"x\"");
    EXPECT_EQ(server.requests.at(0),
              fmt::format("GET /a HTTP/1.1\r\nHost: 127.0.0.1:{}\r\nRange: bytes=-5\r\n\r\n", server.port()));
}

TEST_F(ClientTest, posts_chunks_without_a_length) {
    auto& server = serve({{{ok("thanks")}}});
    auto wanted = request();
    wanted.method = "POST";
    wanted.body.begin = "3\r\nabc\r\n0\r\n\r\n";
    wanted.headers = {{"host", "a.example"}, {"Transfer-Encoding", "chunked"}};
    EXPECT_EQ(body_of(send(wanted)), "thanks");
    EXPECT_EQ(server.requests.at(0),
              "POST /a HTTP/1.1\r\nhost: a.example\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n");
}

TEST_F(ClientTest, posts_a_body) {
    auto& server = serve({{{ok("thanks")}}});
    auto wanted = request();
    wanted.method = "POST";
    wanted.body.begin = "Action=GetCallerIdentity";
    wanted.headers = {{"host", "sts.example"}};
    EXPECT_EQ(body_of(send(wanted)), "thanks");
    EXPECT_EQ(server.requests.at(0),
              "POST /a HTTP/1.1\r\nhost: sts.example\r\nContent-Length: 24\r\n\r\nAction=GetCallerIdentity");
}

TEST_F(ClientTest, sends_a_body_of_three_parts_as_one) {
    auto& server = serve({{{ok("done")}}});
    auto wanted = request();
    wanted.method = "POST";
    wanted.headers = {{"host", "a.example"}};
    wanted.body.begin = "begin, ";
    wanted.body.shared = copy_of(as_bytes("middle, "));
    wanted.body.end = "end";
    EXPECT_EQ(body_of(send(wanted)), "done");
    EXPECT_EQ(server.requests.at(0),
              "POST /a HTTP/1.1\r\nhost: a.example\r\nContent-Length: 18\r\n\r\nbegin, middle, end");
}

TEST_F(ClientTest, reads_a_megabyte_and_chunks) {
    const std::string large(999'999, 'x');
    serve({{{ok(large)}, {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n1\r\nc\r\n0\r\n\r\n"}}});
    EXPECT_EQ(body_of(get()), large);
    EXPECT_EQ(body_of(get()), "abc");
    EXPECT_EQ(client().counters().connects, 1U);
}

TEST_F(ClientTest, reads_more_than_was_expected_only_when_there_is_memory_for_it) {
    const std::string large(200'000, 'x');
    const auto chunked = fmt::format("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n{:x}\r\n{}\r\n0\r\n\r\n",
                                     large.size(), large);
    serve({{{ok(large)}, {chunked}, {ok(large)}}});
    const auto budget = std::make_shared<MemoryBudget>(1'000'000);
    const BodyMemory bodies(context.get_executor(), budget, 100'000);
    const auto other = bodies.charge(0);
    for (const std::uint64_t grown : {large.size(), std::size_t{1'000'000}}) {
        ASSERT_TRUE(run(context, other->grow_to(100'000, SteadyTime::max())));
        auto wanted = request();
        wanted.charge = bodies.charge(1000);
        wanted.has_begun = std::make_shared<bool>(false);
        const auto charge = wanted.charge;
        const auto has_begun = wanted.has_begun;
        const auto reading = start(std::move(wanted));
        run_until([&] { return *has_begun; });
        settle(context);
        EXPECT_FALSE(reading.done());
        const auto done = other->finish();
        run_until([&] { return reading.done(); });
        EXPECT_EQ(body_of(*reading), large);
        EXPECT_EQ(charge->size(), grown) << "by the Content-Length, or by the limit where there is none";
    }
    ASSERT_TRUE(run(context, other->grow_to(100'000, SteadyTime::max())));
    auto wanted = request();
    wanted.charge = bodies.charge(1000);
    wanted.deadline = std::chrono::steady_clock::now() + Milliseconds(300);
    expect_failure(send(wanted), Errc::overloaded, "no memory");
}

TEST_F(ClientTest, reads_what_was_expected_whatever_others_take) {
    serve({{{ok("hello")}}});
    const BodyMemory bodies(context.get_executor(), std::make_shared<MemoryBudget>(0), 1);
    const auto other = bodies.charge(0);
    ASSERT_TRUE(run(context, other->grow_to(100'000, SteadyTime::max())));
    auto wanted = request();
    wanted.charge = bodies.charge(5);
    EXPECT_EQ(body_of(send(wanted)), "hello");
}

TEST_F(ClientTest, reads_a_head_without_waiting_for_a_body) {
    serve({{{"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n"}}});
    auto wanted = request();
    wanted.method = "HEAD";
    const auto response = send(wanted);
    ASSERT_TRUE(response) << response.error();
    EXPECT_EQ(response->find("content-length"), "1000");
    EXPECT_TRUE(response->body.empty());
}

TEST_F(ClientTest, hands_over_errors_of_the_server_as_answers) {
    serve({{{"HTTP/1.1 503 Slow Down\r\nContent-Length: 4\r\n\r\nwait"}}});
    auto wanted = request();
    wanted.body_limit = 0;
    const auto response = send(wanted);
    EXPECT_EQ(body_of(response), "wait");
    EXPECT_EQ(response->status, 503U);
}

class UnsendableRequests : public ClientTest, public testing::WithParamInterface<net::Header> {};

TEST_P(UnsendableRequests, are_refused_before_anything_is_sent) {
    auto& server = serve({{{ok("")}}});
    auto wanted = request();
    wanted.headers = {GetParam()};
    expect_failure(send(wanted), Errc::bad_request, "header");
    EXPECT_EQ(server.connections, 0U);
}

INSTANTIATE_TEST_SUITE_P(All, UnsendableRequests,
                         testing::Values(net::Header{"X", "a\r\nY: b"}, net::Header{"X\r\nY", "b"},
                                         net::Header{"X", std::string("a\0b", 3)}, net::Header{"", "x"},
                                         net::Header{"X ", "x"}, net::Header{"X", "a\nb"}));

TEST_F(ClientTest, does_not_send_a_target_that_breaks_the_request_line) {
    serve({{{ok("")}}});
    for (const std::string target : {"/a b", "/a\r\nX: y", "a", "", "/\xc3\xa9"}) {
        auto wanted = request();
        wanted.url.target = target;
        expect_failure(send(wanted), Errc::bad_request, "cannot be sent");
    }
}

struct BadReply {
    Reply reply;
    Errc code;
    std::string words;
};

class BadReplies : public ClientTest, public testing::WithParamInterface<BadReply> {};

TEST_P(BadReplies, fail_in_words_and_are_neither_retried_nor_followed_by_another_request) {
    auto& server = serve({{{ok("first")}, GetParam().reply}, {{ok("other")}}});
    EXPECT_EQ(body_of(get()), "first");
    expect_failure(get(), GetParam().code, GetParam().words);
    EXPECT_EQ(server.requests.size(), 2U);
    EXPECT_EQ(body_of(get()), "other");
    EXPECT_EQ(server.connections, 2U);
}

INSTANTIATE_TEST_SUITE_P(
    All, BadReplies,
    testing::Values(
        BadReply{{"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf", Reply::Then::close}, Errc::unavailable, "4 of 9"},
        BadReply{{"HTTP/1.1 200 OK\r\nContent-Le", Reply::Then::close}, Errc::unavailable, "head"},
        BadReply{{"H", Reply::Then::close}, Errc::unavailable, "head"},
        BadReply{{"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf", Reply::Then::reset}, Errc::unavailable, "reset"},
        BadReply{{"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhel", Reply::Then::close},
                 Errc::unavailable,
                 "closed"},
        BadReply{{"SSH-2.0-OpenSSH_9.2\r\n", Reply::Then::hold}, Errc::corrupt, "not HTTP"},
        BadReply{
            {"HTTP/1.1 200 OK\r\nX: " + std::string(1'000'000, 'x'), Reply::Then::hold}, Errc::corrupt, "not HTTP"},
        BadReply{{"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5;" + std::string(1'000'000, 'x'),
                  Reply::Then::hold},
                 Errc::corrupt,
                 "line"},
        BadReply{{"HTTP/1.1 200 OK\r\nContent-Length: 1000001\r\n\r\n", Reply::Then::hold}, Errc::too_large, "1000001"},
        BadReply{
            {"HTTP/1.1 200 OK\r\n\r\n" + std::string(1'000'001, 'x'), Reply::Then::hold}, Errc::too_large, "1000000"}));

TEST_F(ClientTest, says_where_it_was_refused) {
    auto wanted = net::Request{};
    {
        boost::asio::ip::tcp::acceptor closed(context, {boost::asio::ip::address_v4::loopback(), 0});
        wanted.url = {false, "gone.example", closed.local_endpoint().port(), "/"};
    }
    wanted.deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    const auto response = send(wanted);
    expect_failure(response, Errc::unavailable, "refused");
    expect_failure(response, Errc::unavailable, wanted.url.host_and_port());
    EXPECT_EQ(client().counters().connect_errors, 1U);
    EXPECT_EQ(client().counters().open, 0U);
}

TEST_F(ClientTest, tries_the_next_address_of_a_name) {
    options.resolver.lookup = [](const std::string&) -> Result<net::Addresses> {
        // Nothing listens on the other loopback addresses' port.
        return net::Addresses{boost::asio::ip::make_address("127.9.9.9"), boost::asio::ip::make_address("127.0.0.1")};
    };
    serve({{{ok("found"), Then::close}}});
    for (int i = 0; i < 3; ++i) {
        EXPECT_EQ(body_of(send(request("two.example"))), "found");
    }
}

TEST_F(ClientTest, says_that_a_name_cannot_be_resolved) {
    options.resolver.lookup = net::system_lookup;
    serve({{{ok("")}}});
    const auto response = send(request("no-such-name..invalid"));
    expect_failure(response, Errc::unavailable, "cannot be resolved");
    expect_failure(response, Errc::unavailable, "no-such-name..invalid");
}

TEST_F(ClientTest, resolves_localhost_by_the_system) {
    options.resolver.lookup = net::system_lookup;
    serve({{{ok("home")}}});
    EXPECT_EQ(body_of(send(request("localhost"))), "home");
}

TEST_F(ClientTest, times_out_waiting_for_the_first_byte) {
    options.timeouts.first_byte = Milliseconds(30);
    auto& server = serve({{{"", Then::hold}}});
    expect_failure(get(), Errc::timeout, "first byte");
    EXPECT_EQ(server.requests.size(), 1U);
    EXPECT_EQ(client().counters().timeouts, 1U);
    EXPECT_EQ(client().counters().open, 0U);
}

TEST_F(ClientTest, does_not_retry_a_time_out_on_a_kept_connection) {
    options.timeouts.first_byte = Milliseconds(30);
    auto& server = serve({{{ok("")}, {"", Then::hold}}});
    EXPECT_TRUE(get());
    expect_failure(get(), Errc::timeout, "first byte");
    EXPECT_EQ(server.requests.size(), 2U);
}

TEST_F(ClientTest, times_out_at_the_deadline_where_a_body_stalls) {
    options.timeouts.first_byte = Milliseconds(10);  // it has come by then, and counts no more
    serve({{{"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf", Then::hold}}});
    auto wanted = request();
    wanted.deadline = std::chrono::steady_clock::now() + Milliseconds(60);
    expect_failure(send(wanted), Errc::timeout, "reading");
    EXPECT_GE(std::chrono::steady_clock::now(), wanted.deadline);
}

TEST_F(ClientTest, does_not_wait_past_the_deadline_for_a_first_byte) {
    serve({{{"", Then::hold}}});
    auto wanted = request();
    wanted.deadline = std::chrono::steady_clock::now() + Milliseconds(30);
    expect_failure(send(wanted), Errc::timeout, "first byte");
}

TEST_F(ClientTest, fails_at_once_past_the_deadline) {
    serve({{{ok("")}}});
    auto wanted = request();
    wanted.deadline = std::chrono::steady_clock::now() - Milliseconds(1);
    expect_failure(send(wanted), Errc::timeout, "timed out");
    EXPECT_EQ(client().counters().open, 0U);
}

TEST_F(ClientTest, times_out_connecting_where_nobody_accepts) {
    options.timeouts.connect = Milliseconds(30);
    // A full backlog lets further connections hang.
    boost::asio::ip::tcp::acceptor full(context, boost::asio::ip::tcp::v4());
    full.bind({boost::asio::ip::address_v4::loopback(), 0});
    full.listen(0);
    std::vector<boost::asio::ip::tcp::socket> queued;
    for (int i = 0; i < 4; ++i) {
        auto& socket = queued.emplace_back(context, boost::asio::ip::tcp::v4());
        socket.native_non_blocking(true);
        const auto endpoint = full.local_endpoint();
        const auto size = static_cast<socklen_t>(endpoint.size());
        EXPECT_LE(::connect(socket.native_handle(), endpoint.data(), size), 0);
    }
    auto wanted = net::Request{};
    wanted.url = {false, "127.0.0.1", full.local_endpoint().port(), "/"};
    wanted.deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    expect_failure(send(wanted), Errc::timeout, "connecting");
}

TEST_F(ClientTest, sends_plain_requests_through_a_proxy_with_the_whole_url) {
    auto& server = serve({{{ok("by proxy")}}});
    options.proxies.for_http = net::Proxy{"127.0.0.1", server.port(), Secret("Basic abc")};
    auto wanted = request();
    wanted.url = *parse_url("http://a.example:81/b?c");
    EXPECT_EQ(body_of(send(wanted)), "by proxy");
    EXPECT_EQ(server.requests.at(0),
              "GET http://a.example:81/b?c HTTP/1.1\r\nHost: a.example:81\r\n"
              "Proxy-Authorization: Basic abc\r\n\r\n");
}

}  // namespace
}  // namespace tapalcatl::tests
