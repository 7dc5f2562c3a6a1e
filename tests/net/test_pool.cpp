#include "tests/net/fixture.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>

namespace tapalcatl::tests {
namespace {

TEST_F(ClientTest, uses_a_connection_again) {
    auto& server = serve({{{ok("1")}, {ok("2")}, {ok("3")}}});
    EXPECT_EQ(body_of(get()), "1");
    EXPECT_EQ(body_of(get()), "2");
    EXPECT_EQ(body_of(get()), "3");
    EXPECT_EQ(server.connections, 1U);
    EXPECT_EQ(client().counters().connects, 1U);
    EXPECT_EQ(client().counters().reused, 2U);
    EXPECT_EQ(client().counters().idle, 1U);
}

TEST_F(ClientTest, makes_a_new_connection_where_it_is_asked_to) {
    auto& server = serve({{{ok("")}}});
    EXPECT_TRUE(get());
    auto wanted = request();
    wanted.new_connection = true;
    EXPECT_TRUE(send(wanted));
    EXPECT_EQ(server.connections, 2U);
    EXPECT_EQ(client().counters().idle, 2U);
}

TEST_F(ClientTest, makes_room_for_a_new_connection_among_idle_ones) {
    options.pool.per_origin = 1;
    auto& server = serve({{{ok("")}}});
    EXPECT_TRUE(get());
    auto wanted = request();
    wanted.new_connection = true;
    EXPECT_TRUE(send(wanted));
    EXPECT_EQ(server.connections, 2U);
    EXPECT_EQ(client().counters().open, 1U);
}

class UnkeptConnections : public ClientTest, public testing::WithParamInterface<Reply> {};

TEST_P(UnkeptConnections, are_not_used_again) {
    auto& server = serve({{GetParam()}});
    EXPECT_EQ(body_of(get()), "ok");
    EXPECT_EQ(client().counters().open, 0U);
    EXPECT_EQ(body_of(get()), "ok");
    EXPECT_EQ(server.connections, 2U);
}

INSTANTIATE_TEST_SUITE_P(
    All, UnkeptConnections,
    testing::Values(Reply{"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok", Reply::Then::hold},
                    Reply{"HTTP/1.1 200 OK\r\n\r\nok", Reply::Then::close},
                    Reply{"HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok", Reply::Then::hold},
                    Reply{"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokHTTP/1.1 200 OK", Reply::Then::hold}));

TEST_F(ClientTest, does_not_use_a_connection_on_which_something_came_unasked) {
    auto& server = serve({{{ok("ok") + "HTTP/1.1 408 Request Timeout\r\n\r\n"}}});
    // Whether the extra bytes come with the answer or after it: neither is taken for the next answer.
    EXPECT_EQ(body_of(get()), "ok");
    EXPECT_EQ(body_of(get()), "ok");
    EXPECT_EQ(server.connections, 2U);
}

TEST_F(ClientTest, replaces_a_connection_that_died_before_an_answer) {
    auto& server = serve({{{ok("1")}, {"", Then::close}}, {{ok("2")}}});
    EXPECT_EQ(body_of(get()), "1");
    EXPECT_EQ(body_of(get()), "2");
    EXPECT_EQ(server.requests.size(), 3U);
    EXPECT_EQ(client().counters().retried, 1U);
    EXPECT_EQ(client().counters().failures, 0U);
}

TEST_F(ClientTest, replaces_a_connection_that_was_reset_before_an_answer) {
    serve({{{ok("1")}, {"", Then::reset}}, {{ok("2")}}});
    EXPECT_EQ(body_of(get()), "1");
    EXPECT_EQ(body_of(get()), "2");
    EXPECT_EQ(client().counters().retried, 1U);
}

TEST_F(ClientTest, replaces_a_dead_connection_only_once) {
    auto& server = serve({{{ok("1")}, {"", Then::close}}, {{"", Then::close}}});
    EXPECT_EQ(body_of(get()), "1");
    expect_failure(get(), Errc::unavailable, "without a response");
    EXPECT_EQ(server.requests.size(), 3U);
}

TEST_F(ClientTest, does_not_retry_on_a_new_connection) {
    auto& server = serve({{{"", Then::close}}});
    expect_failure(get(), Errc::unavailable, "without a response");
    EXPECT_EQ(server.requests.size(), 1U);
}

TEST_F(ClientTest, does_not_send_a_post_twice) {
    auto& server = serve({{{ok("1")}, {"", Then::close}}, {{ok("2")}}});
    EXPECT_EQ(body_of(get()), "1");
    auto wanted = request();
    wanted.method = "POST";
    expect_failure(send(wanted), Errc::unavailable, "without a response");
    EXPECT_EQ(server.requests.size(), 2U);
}

TEST_F(ClientTest, sees_that_an_idle_connection_was_closed_before_it_sends) {
    auto& server = serve({{{ok("1"), Then::close}}, {{ok("2")}}});
    EXPECT_EQ(body_of(get()), "1");
    settle(context);  // the server closes
    auto wanted = request();
    wanted.method = "POST";
    EXPECT_EQ(body_of(send(wanted)), "2");
    EXPECT_EQ(server.connections, 2U);
    EXPECT_EQ(client().counters().retried, 0U);
}

TEST_F(ClientTest, does_not_use_a_connection_that_was_idle_too_long) {
    auto& server = serve({{{ok("")}}});
    EXPECT_TRUE(get());
    clock.pass(std::chrono::seconds(4));
    EXPECT_TRUE(get());
    EXPECT_EQ(server.connections, 1U);
    clock.pass(std::chrono::seconds(5));
    EXPECT_TRUE(get());
    EXPECT_EQ(server.connections, 2U);
    EXPECT_EQ(client().counters().open, 1U);
}

/// The machine was frozen: only the wall clock went on.
class FrozenClock final : public Clock {
 public:
    SteadyTime now() const override { return SteadyTime(std::chrono::hours(1)); }
    WallTime wall() const override { return wall_now; }

    WallTime wall_now = WallTime(std::chrono::hours(1));
};

TEST_F(ClientTest, does_not_use_a_connection_after_the_machine_was_frozen) {
    auto& server = serve({{{ok("")}}});
    FrozenClock frozen;
    net::Client own(context.get_executor(), frozen, options);
    EXPECT_TRUE(run(context, own.send(request())));
    EXPECT_TRUE(run(context, own.send(request())));
    EXPECT_EQ(server.connections, 1U);
    frozen.wall_now += std::chrono::minutes(10);
    EXPECT_TRUE(run(context, own.send(request())));
    EXPECT_EQ(server.connections, 2U);
}

TEST_F(ClientTest, closes_idle_connections_by_itself) {
    options.pool.idle_timeout = Milliseconds(20);
    serve({{{ok("")}}});
    net::Client own(context.get_executor(), system_clock(), options);
    EXPECT_TRUE(run(context, own.send(request())));
    EXPECT_EQ(own.counters().idle, 1U);
    run_until([&] { return own.counters().open == 0; });
    EXPECT_EQ(own.counters().idle, 0U);
}

TEST_F(ClientTest, lets_its_context_end_when_idle_connections_are_closed) {
    serve({{{ok("")}}});
    EXPECT_TRUE(get());
    client().close_idle();
    EXPECT_EQ(client().counters().open, 0U);
    EXPECT_TRUE(get());  // and goes on to work
}

TEST_F(ClientTest, makes_no_more_connections_than_allowed_and_serves_who_came_first) {
    options.pool.per_origin = 2;
    auto& server = serve({{{ok("")}}});
    std::vector<Running<Result<net::Response>>> all;
    std::vector<std::size_t> order;
    for (std::size_t i = 0; i < 20; ++i) {
        auto wanted = request();
        wanted.url.target = fmt::format("/{}", i);
        all.push_back(start(wanted));
    }
    run_until([&] { return std::all_of(all.begin(), all.end(), [](const auto& one) { return one.done(); }); });
    for (const auto& one : all) {
        EXPECT_TRUE(*one);
    }
    EXPECT_EQ(server.connections, 2U);
    EXPECT_EQ(client().counters().waiting, 0U);
    ASSERT_EQ(server.requests.size(), 20U);
    // Two at a time: no request may be overtaken by one that came two or more later.
    for (std::size_t i = 0; i < 20; ++i) {
        const auto sent = std::stoul(server.requests[i].substr(5));
        EXPECT_LE(sent, i + 1);
        EXPECT_GE(sent + 1, i);
    }
}

TEST_F(ClientTest, gives_up_in_the_queue_at_the_deadline_and_lets_the_next_one_in) {
    options.pool.per_origin = 1;
    options.timeouts.first_byte = Milliseconds(80);
    auto& server = serve({{{"", Then::hold}}, {{ok("late")}}});
    const auto first = start(request());
    auto hasty = request();
    hasty.deadline = std::chrono::steady_clock::now() + Milliseconds(20);
    const auto second = start(hasty);
    const auto third = start(request());
    run_until([&] { return second.done(); });
    expect_failure(*second, Errc::timeout, "waiting for one of 1");
    EXPECT_FALSE(first.done());
    run_until([&] { return first.done() && third.done(); });
    expect_failure(*first, Errc::timeout, "first byte");
    EXPECT_EQ(body_of(*third), "late");
    EXPECT_EQ(server.connections, 2U);
    EXPECT_EQ(client().counters().open, 1U);
    EXPECT_EQ(client().counters().waiting, 0U);
}

/// A request that is cancelled while it is at work or in the queue.
TEST_F(ClientTest, lets_the_next_one_in_when_a_caller_goes_away) {
    options.pool.per_origin = 1;
    serve({{{"", Then::hold}}, {{ok("next")}}});
    boost::asio::cancellation_signal at_work;
    boost::asio::cancellation_signal in_queue;
    const auto ignore = [](std::exception_ptr, Result<net::Response>) {};
    boost::asio::co_spawn(context, client().send(request()),
                          boost::asio::bind_cancellation_slot(at_work.slot(), ignore));
    boost::asio::co_spawn(context, client().send(request()),
                          boost::asio::bind_cancellation_slot(in_queue.slot(), ignore));
    const auto third = start(request());
    settle(context);
    EXPECT_EQ(client().counters().waiting, 2U);
    in_queue.emit(boost::asio::cancellation_type::terminal);
    run_until([&] { return client().counters().waiting == 1; });
    EXPECT_FALSE(third.done());
    at_work.emit(boost::asio::cancellation_type::terminal);
    run_until([&] { return third.done(); });
    EXPECT_EQ(body_of(*third), "next");
    EXPECT_EQ(client().counters().open, 1U);
    EXPECT_EQ(client().counters().waiting, 0U);
}

TEST_F(ClientTest, may_be_destroyed_before_its_requests) {
    serve({{{ok("still here")}}});
    const auto running = start(request());
    forget_client();
    run_until([&] { return running.done(); });
    EXPECT_EQ(body_of(*running), "still here");
}

TEST(ClientContext, may_end_while_requests_are_at_work_and_in_the_queue) {
    std::weak_ptr<int> kept;
    {
        boost::asio::io_context context;
        ScriptedServer server(context, {{{"", Reply::Then::hold}}});
        FakeClock clock;
        net::Client::Options options;
        options.pool.per_origin = 2;
        net::Client client(context.get_executor(), clock, options);
        net::Request request;
        request.url = {false, "127.0.0.1", server.port(), "/"};
        request.deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
        const auto token = std::make_shared<int>(1);
        kept = token;
        for (int i = 0; i < 5; ++i) {
            boost::asio::co_spawn(context, client.send(request), [token](std::exception_ptr, Result<net::Response>) {});
        }
        while (server.requests.size() < 2) {
            context.run_one();
        }
        EXPECT_EQ(client.counters().waiting, 3U);
    }
    EXPECT_TRUE(kept.expired());
}

}  // namespace
}  // namespace tapalcatl::tests
