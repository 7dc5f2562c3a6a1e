#include "tests/http/serving.hpp"

namespace tapalcatl::tests {
namespace {

using std::chrono::milliseconds;

TEST_F(ServerTest, an_idle_connection_is_closed_after_a_while) {
    options.limits.idle_timeout = milliseconds(100);
    auto fresh = connected();
    auto used = connected();
    EXPECT_EQ(used.get("/").status, 200U);
    EXPECT_TRUE(fresh.ends());
    EXPECT_TRUE(used.ends());
}

TEST_F(ServerTest, a_head_that_does_not_come_is_not_waited_for) {
    options.limits.header_timeout = milliseconds(100);
    auto client = connected();
    client.send("GET / HTTP/1.1\r\n");
    EXPECT_TRUE(client.ends());
}

TEST_F(ServerTest, a_head_that_trickles_in_does_not_win_time) {
    options.limits.header_timeout = milliseconds(300);
    auto client = connected();
    const auto start = std::chrono::steady_clock::now();
    client.send("GET / HTTP/1.1\r\nX: ");
    bool cut_off = false;
    while (!cut_off && std::chrono::steady_clock::now() - start < std::chrono::seconds(5)) {
        cut_off = client.has_news();
        try {
            client.send("x");
        } catch (const std::system_error&) {
            cut_off = true;
        }
        std::this_thread::sleep_for(milliseconds(5));  // the trickle itself
    }
    EXPECT_TRUE(cut_off);
    EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(2));
}

TEST_F(ServerTest, empty_lines_do_not_win_time_either) {
    options.limits.header_timeout = milliseconds(300);
    for (const auto& [even, odd] : {std::pair{"\r\n", "\r\n"}, std::pair{"\r", "\n"}}) {
        auto client = connected();
        const auto start = std::chrono::steady_clock::now();
        bool cut_off = false;
        for (std::size_t i = 0; !cut_off && std::chrono::steady_clock::now() - start < std::chrono::seconds(5); ++i) {
            cut_off = client.has_news();
            try {
                client.send(i % 2 == 0 ? even : odd);
            } catch (const std::system_error&) {
                cut_off = true;
            }
            std::this_thread::sleep_for(milliseconds(5));  // the trickle itself
        }
        EXPECT_TRUE(cut_off);
        EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(2)) << printable(odd);
    }
}

TEST_F(ServerTest, waiting_for_an_answer_is_not_idleness) {
    options.limits.idle_timeout = milliseconds(50);
    options.limits.header_timeout = milliseconds(50);
    options.limits.write_timeout = milliseconds(50);
    auto client = connected();
    client.send(get_request("/wait"));
    handler.wait_for_waiting(1);
    auto other = connected();
    EXPECT_TRUE(other.ends()) << "so that time-outs have been looked after meanwhile";
    handler.release();
    EXPECT_EQ(client.reply().status, 200U);
}

TEST_F(ServerTest, a_reader_that_stops_is_cut_off) {
    options.limits.write_timeout = milliseconds(100);
    auto client = connected(4096);
    client.send(get_request("/size/40000000"));
    EXPECT_FALSE(client.receive(1000).empty());
    handler.wait_for_bodies_to_go();
    EXPECT_LT(client.rest().size(), 40'000'000U);
}

TEST_F(ServerTest, a_reader_that_goes_on_reading_is_not_cut_off_however_long_it_takes) {
    options.limits.write_timeout = milliseconds(400);
    auto client = connected(64 * 1024);
    client.send(get_request("/size/8000000"));
    const auto start = std::chrono::steady_clock::now();
    std::size_t got = 0;
    while (got < 8'000'000) {
        const auto part = client.receive(80'000);
        ASSERT_FALSE(part.empty()) << got;
        got += part.size();
        if (std::chrono::steady_clock::now() - start < milliseconds(1000)) {
            std::this_thread::sleep_for(milliseconds(10));  // the slowness itself
        }
    }
}

TEST_F(ServerTest, connections_beyond_the_limit_are_told_so_and_the_others_stay) {
    options.limits.connections = 2;
    auto one = connected();
    EXPECT_EQ(one.get("/").status, 200U);
    {
        auto two = connected();
        EXPECT_EQ(two.get("/").status, 200U);
        auto three = connected();
        const auto refused = three.get("/");
        EXPECT_EQ(refused.status, 503U);
        EXPECT_EQ(refused.header("Connection"), "close");
        EXPECT_TRUE(three.ends());
        EXPECT_EQ(one.get("/").status, 200U);
        EXPECT_EQ(two.get("/").status, 200U);
    }
    // The place becomes free as soon as the server has seen the others go.
    const auto give_up = std::chrono::steady_clock::now() + std::chrono::seconds(5);
    unsigned status = 503;
    while (status == 503 && std::chrono::steady_clock::now() < give_up) {
        status = connected().get("/").status;
    }
    EXPECT_EQ(status, 200U);
}

}  // namespace
}  // namespace tapalcatl::tests
