#include "tests/http/serving.hpp"

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>

#include <array>
#include <atomic>
#include <csignal>

#include <fcntl.h>
#include <sys/types.h>
#include <unistd.h>

namespace tapalcatl::tests {
namespace {

using std::chrono::milliseconds;

Awaitable<bool> settle_at_once(bool is_settled) {
    co_return is_settled;
}

/// Waits until the deadline.
Awaitable<bool> settle_never(SteadyTime deadline) {
    const auto executor = co_await boost::asio::this_coro::executor;
    boost::asio::steady_timer timer(executor, deadline);
    co_await timer.async_wait(as_result);
    co_return false;
}

TEST_F(ServerTest, a_drain_ends_at_once_where_nothing_is_connected) {
    options.threads = 2;
    const auto port = listen();
    start();
    server->drain();
    EXPECT_TRUE(ends_within(milliseconds(1000)));
    EXPECT_THROW(Client{port}, std::system_error);
}

TEST_F(ServerTest, a_drain_completes_what_no_request_waits_for_when_the_last_connection_is_done) {
    options.threads = 2;
    std::atomic<bool> has_connections{true};
    std::atomic<int> settled{0};
    std::atomic<int> too_early{0};
    options.settle = [&](SteadyTime deadline) {
        EXPECT_GT(deadline, std::chrono::steady_clock::now());
        (has_connections ? too_early : settled)++;
        return settle_at_once(true);
    };
    auto client = connected();
    client.send(get_request("/wait"));
    handler.wait_for_waiting(1);
    server->drain();
    handler.wait_for_drain();
    has_connections = false;
    handler.release();
    EXPECT_EQ(client.reply().status, 200U);
    EXPECT_TRUE(ends_within(milliseconds(2000)));
    EXPECT_EQ(settled, 1);
    EXPECT_EQ(too_early, 0);
}

TEST_F(ServerTest, a_drain_gives_up_what_is_not_complete_at_its_end) {
    options.drain_timeout = milliseconds(100);
    options.settle = [](SteadyTime deadline) { return settle_never(deadline); };
    start();
    const auto began = std::chrono::steady_clock::now();
    server->drain();
    EXPECT_TRUE(ends_within(milliseconds(3000)));
    EXPECT_GE(std::chrono::steady_clock::now() - began, milliseconds(100));
}

TEST_F(ServerTest, a_drain_may_be_asked_for_more_than_once) {
    start();
    server->drain();
    server->drain();
    EXPECT_TRUE(ends_within(milliseconds(1000)));
}

TEST_F(ServerTest, a_drain_answers_what_runs) {
    options.threads = 2;
    std::vector<Client> clients;
    for (int i = 0; i < 8; ++i) {
        clients.push_back(connected());
        clients.back().send(get_request("/wait"));
    }
    handler.wait_for_waiting(8);
    server->drain();
    handler.wait_for_drain();
    handler.release();
    for (auto& client : clients) {
        EXPECT_EQ(client.reply().status, 200U);
    }
    clients.clear();
    EXPECT_TRUE(ends_within(milliseconds(2000)));
}

TEST_F(ServerTest, a_drain_answers_connections_that_nobody_has_accepted_yet) {
    options.threads = 2;
    const auto port = listen();
    std::vector<Client> clients;
    for (int i = 0; i < 40; ++i) {
        clients.emplace_back(port);
        clients.back().send(get_request("/queued"));
    }
    server->drain();
    start();
    for (auto& client : clients) {
        EXPECT_EQ(client.reply().body, "GET /queued a.example 127.0.0.1");
    }
    clients.clear();
    EXPECT_TRUE(ends_within(milliseconds(2000)));
}

TEST_F(ServerTest, a_drain_closes_idle_connections_after_a_grace) {
    auto idle = connected();
    auto used = connected();
    EXPECT_EQ(used.get("/").status, 200U);
    server->drain();
    EXPECT_TRUE(ends_within(milliseconds(2000)));
    EXPECT_TRUE(idle.ends());
    EXPECT_TRUE(used.ends());
}

TEST_F(ServerTest, a_drain_waits_its_delay_and_serves_meanwhile) {
    options.drain_delay = milliseconds(300);
    start();
    const auto from = std::chrono::steady_clock::now();
    server->drain();
    handler.wait_for_drain();
    EXPECT_EQ(connected().get("/").status, 200U) << "new connections too";
    EXPECT_TRUE(ends_within(milliseconds(2000)));
    EXPECT_GE(std::chrono::steady_clock::now() - from, milliseconds(300));
}

TEST_F(ServerTest, what_does_not_finish_is_cut_off_on_every_thread) {
    options.threads = 3;
    options.drain_timeout = milliseconds(100);
    std::vector<Client> clients;
    for (int i = 0; i < 9; ++i) {
        clients.push_back(connected());
        clients.back().send(get_request("/wait"));
    }
    handler.wait_for_waiting(9);
    server->drain();
    EXPECT_TRUE(ends_within(milliseconds(2000)));
    finish();
    for (auto& client : clients) {
        EXPECT_TRUE(client.ends());
    }
}

TEST_F(ServerTest, sigterm_drains) {
    auto client = connected();
    client.send(get_request("/wait"));
    handler.wait_for_waiting(1);
    ASSERT_EQ(::kill(::getpid(), SIGTERM), 0);
    handler.wait_for_drain();
    handler.release();
    EXPECT_EQ(client.reply().status, 200U);
}

TEST_F(ServerTest, a_signal_that_comes_before_it_runs_is_not_lost) {
    listen();
    ASSERT_EQ(::kill(::getpid(), SIGTERM), 0);
    start();
    EXPECT_TRUE(ends_within(milliseconds(5000)));
}

TEST_F(ServerTest, a_second_signal_ends_it_at_once) {
    options.drain_timeout = std::chrono::seconds(30);
    auto client = connected();
    client.send(get_request("/wait"));
    handler.wait_for_waiting(1);
    ASSERT_EQ(::kill(::getpid(), SIGTERM), 0);
    handler.wait_for_drain();
    ASSERT_EQ(::kill(::getpid(), SIGINT), 0);
    EXPECT_TRUE(ends_within(milliseconds(2000)));
    finish();
    EXPECT_TRUE(client.ends());
}

TEST_F(ServerTest, under_load_a_drain_loses_no_request_that_was_sent_in_time) {
    options.threads = 2;
    start();
    constexpr int count = 8;
    std::atomic<int> answered{0};
    std::atomic<int> lost{0};
    std::vector<std::future<void>> clients;
    for (int i = 0; i < count; ++i) {
        clients.push_back(std::async(std::launch::async, [&, port = server->port()] {
            try {
                for (bool open = true; open;) {
                    Client client(port);
                    for (int j = 0; j < 50 && open; ++j) {
                        client.send(get_request("/"));
                        const auto reply = client.reply();
                        ++answered;
                        if (reply.header("Connection") == "close") {
                            break;
                        }
                    }
                }
            } catch (const std::system_error& error) {
                lost += error.code() == std::errc::connection_refused ? 0 : 1;
            } catch (const std::runtime_error&) {
                ++lost;
            }
        }));
    }
    const auto give_up = std::chrono::steady_clock::now() + std::chrono::seconds(5);
    while (answered < 500 && std::chrono::steady_clock::now() < give_up) {
        std::this_thread::yield();
    }
    server->drain();
    for (auto& client : clients) {
        client.get();
    }
    EXPECT_EQ(lost, 0);
    EXPECT_GE(answered, 500);
}

TEST_F(ServerTest, an_access_log_that_nobody_reads_stops_neither_answers_nor_the_end) {
    std::array<int, 2> pipe{-1, -1};
    ASSERT_EQ(::pipe2(pipe.data(), O_CLOEXEC), 0);
    ::fcntl(pipe[1], F_SETPIPE_SZ, 4096);
    options.access_log = http::AccessLog::Form::plain;
    options.access_log_fd = pipe[1];
    {
        auto client = connected();
        const auto path = "/" + std::string(900, 'x');
        for (int i = 0; i < 100; ++i) {
            ASSERT_EQ(client.get(path).status, 200U) << i;
        }
        EXPECT_EQ(connected().get("/live").status, 200U);
    }
    server->drain();
    EXPECT_TRUE(ends_within(std::chrono::seconds(10)));
    finish();
    ::close(pipe[0]);
    ::close(pipe[1]);
}

}  // namespace
}  // namespace tapalcatl::tests
