#include "http/front.hpp"

#include "tests/http/accepting.hpp"
#include "tests/http/client.hpp"
#include "tests/http/fake_handler.hpp"

#include <boost/asio/ip/tcp.hpp>
#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <vector>

namespace tapalcatl::tests {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;

/// A front on the test's own thread: nothing happens but when the test lets it.
class FrontTest : public testing::Test {
 protected:
    http::Front& front() {
        if (front_ == nullptr) {
            front_ = std::make_unique<http::Front>(handler, limits, load, http::AccessLog::Form::off, nullptr);
        }
        return *front_;
    }

    ~FrontTest() override {
        handler.forget_waiting();
        front_.reset();
    }

    /// The client's end of a connection that the front serves.
    Client connected(bool refused = false, int receive_buffer = 0) {
        asio::io_context context;
        tcp::acceptor acceptor(context, tcp::endpoint(asio::ip::make_address_v4("127.0.0.1"), 0));
        Client client(acceptor.local_endpoint().port(), "127.0.0.1", receive_buffer);
        tcp::endpoint peer;
        front().serve(accepted(acceptor, peer), refused, peer);
        settle();
        return client;
    }

    void settle() {
        front().context().restart();
        front().context().poll();
    }

    /// Runs the front until `done`, or for so long that it will not come any more.
    template <class Condition>
    bool run_until(Condition done) {
        const auto give_up = std::chrono::steady_clock::now() + std::chrono::seconds(5);
        while (!done()) {
            if (std::chrono::steady_clock::now() > give_up) {
                return false;
            }
            front().context().restart();
            front().context().run_one_for(std::chrono::milliseconds(10));
        }
        return true;
    }

    /// The answer to what was sent.
    Reply reply(Client& client) {
        EXPECT_TRUE(run_until([&] { return client.has_news(); })) << "no answer";
        return client.reply();
    }

    FakeHandler handler;
    http::Limits limits;
    http::Load load;

 private:
    std::unique_ptr<http::Front> front_;
};

TEST_F(FrontTest, a_request_cut_at_any_byte_is_answered_once_it_is_whole) {
    auto client = connected();
    const auto request = get_request("/whole", "Accept: a\r\n");
    for (std::size_t at = 1; at < request.size(); ++at) {
        client.send(request.substr(0, at));
        settle();
        ASSERT_FALSE(client.has_news()) << at;
        client.send(request.substr(at));
        ASSERT_EQ(reply(client).body, "GET /whole a.example 127.0.0.1") << at;
    }
}

TEST_F(FrontTest, a_request_byte_by_byte_is_answered) {
    auto client = connected();
    for (const char c : "\r\n" + get_request("/slow")) {
        ASSERT_FALSE(client.has_news());
        client.send(std::string_view(&c, 1));
        settle();
    }
    EXPECT_EQ(reply(client).body, "GET /slow a.example 127.0.0.1");
}

TEST_F(FrontTest, pipelined_requests_cut_at_any_byte_are_all_answered) {
    auto client = connected();
    const auto requests = get_request("/one") + "\r\n" + get_request("/two");
    for (std::size_t at = 1; at < requests.size(); ++at) {
        client.send(requests.substr(0, at));
        settle();
        client.send(requests.substr(at));
        ASSERT_EQ(reply(client).body, "GET /one a.example 127.0.0.1") << at;
        ASSERT_EQ(reply(client).body, "GET /two a.example 127.0.0.1") << at;
    }
}

TEST_F(FrontTest, a_client_that_asks_to_close_is_waited_for_no_longer_than_it_takes_its_answer) {
    auto client = connected();
    client.send(get_request("/", "Connection: close\r\n"));
    EXPECT_EQ(reply(client).status, 200U);
    settle();
    EXPECT_EQ(load.connections.load(), 0U) << "the client has not closed its end";
    EXPECT_TRUE(client.ends());
}

TEST_F(FrontTest, what_a_client_sends_behind_its_last_request_does_not_reset_the_connection) {
    auto client = connected();
    client.send(get_request("/last", "Connection: close\r\n") + get_request("/never"));
    EXPECT_EQ(reply(client).status, 200U);
    settle();
    EXPECT_EQ(load.connections.load(), 1U) << "it is read for a while";
}

TEST_F(FrontTest, a_head_of_exactly_the_limit_is_taken_and_one_byte_more_is_431) {
    limits.header_size = 4000;
    const auto of_size = [&](std::size_t size) {
        const auto empty = get_request("/", "X: \r\n");
        return get_request("/", fmt::format("X: {}\r\n", std::string(size - empty.size(), 'x')));
    };
    ASSERT_EQ(of_size(4000).size(), 4000U);
    auto client = connected();
    client.send(of_size(4000));
    EXPECT_EQ(reply(client).status, 200U);
    client.send(of_size(4001));
    const auto refused = reply(client);
    EXPECT_EQ(refused.status, 431U);
    EXPECT_EQ(refused.header("Connection"), "close");
}

TEST_F(FrontTest, a_head_that_never_ends_is_431_as_soon_as_it_is_over_the_limit) {
    limits.header_size = 4000;
    auto client = connected();
    client.send("GET / HTTP/1.1\r\nX: " + std::string(4000, 'x'));
    EXPECT_EQ(reply(client).status, 431U);
}

TEST_F(FrontTest, pipelined_heads_count_each_for_itself) {
    limits.header_size = 1000;
    auto client = connected();
    std::string all;
    for (int i = 0; i < 50; ++i) {
        all += get_request("/", fmt::format("X: {}\r\n", std::string(800, 'x')));
    }
    client.send(all);
    for (int i = 0; i < 50; ++i) {
        EXPECT_EQ(reply(client).status, 200U);
    }
}

TEST_F(FrontTest, a_refused_connection_is_told_so_by_the_handler_and_closed) {
    auto client = connected(true);
    client.send(get_request("/size/1000000"));
    const auto refused = reply(client);
    EXPECT_EQ(refused.status, 503U);
    EXPECT_EQ(refused.body, "busy");
    EXPECT_EQ(refused.header("Connection"), "close");
    EXPECT_TRUE(client.ends());
}

TEST_F(FrontTest, connections_are_counted_while_they_last) {
    EXPECT_EQ(load.connections, 0U);
    {
        const auto one = connected();
        const auto two = connected();
        EXPECT_EQ(load.connections, 2U);
    }
    EXPECT_TRUE(run_until([&] { return load.connections == 0; }));
}

TEST_F(FrontTest, bytes_that_a_client_has_yet_to_take_are_counted) {
    auto client = connected(false, 4096);
    client.send(get_request("/size/20000000"));
    ASSERT_TRUE(run_until([&] { return load.pending_bytes > 0; }));
    EXPECT_LT(load.pending_bytes, 20'001'000U);
    client.reset();
    EXPECT_TRUE(run_until([&] { return load.connections == 0; }));
    EXPECT_EQ(load.pending_bytes, 0U);
}

TEST_F(FrontTest, more_pending_bytes_than_the_limit_are_refused_until_they_are_gone) {
    limits.pending_bytes = 1000;
    auto slow = connected(false, 4096);
    slow.send(get_request("/size/20000000"));
    ASSERT_TRUE(run_until([&] { return load.pending_bytes > 1000; }));

    auto other = connected();
    other.send(get_request("/"));
    const auto refused = reply(other);
    EXPECT_EQ(refused.status, 503U);
    EXPECT_EQ(refused.body, "busy");

    slow.reset();
    ASSERT_TRUE(run_until([&] { return load.pending_bytes == 0; }));
    other.send(get_request("/"));
    EXPECT_EQ(reply(other).status, 200U) << "the connection was kept";
}

TEST_F(FrontTest, pending_bytes_shrink_as_the_client_takes_them) {
    auto client = connected(false, 4096);
    client.send(get_request("/size/20000000"));
    ASSERT_TRUE(run_until([&] { return load.pending_bytes > 0; }));
    const auto before = load.pending_bytes.load();
    EXPECT_TRUE(run_until([&] {
        while (client.has_news() && load.pending_bytes >= before) {
            client.receive(1'000'000);
            settle();
        }
        return load.pending_bytes < before;
    }));
    EXPECT_GT(load.pending_bytes, 0U);
    client.reset();
    EXPECT_TRUE(run_until([&] { return load.pending_bytes == 0; }));
}

TEST_F(FrontTest, beyond_the_limit_the_slowest_clients_are_cut_off_first) {
    constexpr std::size_t size = 20'000'000;
    auto stopped = connected(false, 4096);
    stopped.send(get_request(fmt::format("/size/{}", size)));
    ASSERT_TRUE(run_until([&] { return load.pending_bytes > 0; }));
    auto reading = connected(false, 4096);
    reading.send(get_request(fmt::format("/size/{}", size)));
    ASSERT_TRUE(run_until([&] { return load.pending_bytes > size; }));
    // Until it has taken by far more than the system's buffers have of the other one.
    for (std::size_t taken = 0; taken < size * 3 / 4;) {
        ASSERT_TRUE(run_until([&] { return reading.has_news(); }));
        taken += reading.receive(1'000'000).size();
        settle();
    }
    EXPECT_EQ(load.connections, 2U);

    // Only now, as the front looks after the limit by itself, too.
    limits.pending_bytes = load.pending_bytes - 1;
    front().cut_off_slowest(std::chrono::hours(1));
    EXPECT_GT(load.pending_bytes, limits.pending_bytes) << "the speed of neither is known yet";
    front().cut_off_slowest(std::chrono::milliseconds(0));
    EXPECT_LE(load.pending_bytes, limits.pending_bytes);
    const auto left = load.pending_bytes.load();
    EXPECT_GT(left, 0U) << "one is enough";
    EXPECT_TRUE(run_until([&] {
        while (reading.has_news() && load.pending_bytes >= left) {
            reading.receive(1'000'000);
            settle();
        }
        return load.pending_bytes < left;
    })) << "the one that reads was left";
    stopped.reset();
    reading.reset();
    EXPECT_TRUE(run_until([&] { return load.connections == 0; }));
}

TEST_F(FrontTest, the_oldest_connection_over_the_limit_makes_room) {
    auto within_limit = connected();
    auto oldest = connected(true);
    auto youngest = connected(true);
    front().close_oldest_over_limit();
    EXPECT_TRUE(run_until([&] { return load.connections == 2; }));
    EXPECT_TRUE(oldest.ends());
    youngest.send(get_request("/"));
    EXPECT_EQ(reply(youngest).status, 503U);
    within_limit.send(get_request("/"));
    EXPECT_EQ(reply(within_limit).status, 200U);
}

TEST_F(FrontTest, a_drain_ends_at_once_where_nothing_is_connected) {
    bool done = false;
    front().drain([&] { done = true; });
    EXPECT_TRUE(done);
}

TEST_F(FrontTest, a_drain_lets_what_runs_finish_and_says_that_the_connection_ends) {
    auto client = connected();
    client.send(get_request("/wait"));
    ASSERT_TRUE(run_until([&] { return load.connections == 1; }));
    settle();
    handler.wait_for_waiting(1);
    unsigned done = 0;
    front().drain([&] { ++done; });
    settle();
    EXPECT_EQ(done, 0U);
    handler.release();
    const auto last = reply(client);
    EXPECT_EQ(last.status, 200U);
    EXPECT_EQ(last.header("Connection"), "close");
    EXPECT_TRUE(client.ends());
    client.end_sending();
    EXPECT_TRUE(run_until([&] { return done > 0; }));
    EXPECT_EQ(done, 1U);
}

TEST_F(FrontTest, a_drain_answers_requests_that_come_within_the_grace) {
    auto idle = connected();
    auto used = connected();
    used.send(get_request("/"));
    EXPECT_EQ(reply(used).header("Connection"), "-");
    front().drain([] {});
    for (auto* client : {&idle, &used}) {
        client->send(get_request("/late"));
        const auto late = reply(*client);
        EXPECT_EQ(late.body, "GET /late a.example 127.0.0.1");
        EXPECT_EQ(late.header("Connection"), "close");
    }
}

TEST_F(FrontTest, a_drain_waits_for_a_slow_reader) {
    auto client = connected(false, 4096);
    client.send(get_request("/size/20000000"));
    ASSERT_TRUE(run_until([&] { return load.pending_bytes > 0; }));
    bool done = false;
    front().drain([&] { done = true; });
    std::size_t got = 0;
    while (run_until([&] { return client.has_news(); })) {
        const auto part = client.receive(1 << 20);
        if (part.empty()) {
            break;
        }
        got += part.size();
        if (got > 20'000'000 && !done) {
            client.end_sending();
        }
    }
    EXPECT_GT(got, 20'000'000U);
    EXPECT_TRUE(run_until([&] { return done; }));
}

TEST_F(FrontTest, it_may_go_away_with_connections_in_every_state) {
    auto idle = connected();
    auto half = connected();
    half.send("GET / HTTP/1.1\r\n");
    auto waiting = connected();
    waiting.send(get_request("/wait"));
    auto reading = connected(false, 4096);
    reading.send(get_request("/size/20000000"));
    ASSERT_TRUE(run_until([&] { return load.pending_bytes > 0; }));
    handler.wait_for_waiting(1);
    bool done = false;
    front().drain([&] { done = true; });
    EXPECT_FALSE(done);
}

}  // namespace
}  // namespace tapalcatl::tests
