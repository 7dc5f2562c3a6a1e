#include "net/exchange.hpp"

#include <gtest/gtest.h>

#include <string>

namespace tapalcatl::net {
namespace {

/// Feeds `text` in pieces of `step` bytes, then the connection's end if the answer is not complete by then.
struct Feed {
    explicit Feed(const std::string& text, std::size_t step = 1'000'000, std::uint64_t limit = 100,
                  bool is_head = false)
        : reader(is_head, limit) {
        std::string held;
        std::size_t next = 0;
        while (!reader.is_done() && next < text.size()) {
            held += text.substr(next, step);
            next += step;
            const auto taken = reader.take(as_bytes(held));
            if (!taken) {
                error = taken.error();
                return;
            }
            held.erase(0, *taken);
        }
        left = held + (next < text.size() ? text.substr(next) : "");
        if (!reader.is_done()) {
            const auto ended = reader.end(in_order);
            if (!ended) {
                error = ended.error();
                return;
            }
        }
        keeps_alive = reader.keeps_alive();
        response = reader.release();
    }

    std::string body() const { return std::string(as_text(response.body)); }

    ResponseReader reader;
    std::optional<Error> error;
    Response response;
    std::string left;
    bool keeps_alive = false;
    static constexpr bool in_order = true;
};

TEST(ResponseReader, reads_status_headers_and_body) {
    const Feed feed(
        "HTTP/1.1 206 Partial Content\r\nContent-Length: 5\r\nETag: \"x\"\r\nContent-Range:  bytes 0-4/9 "
        "\r\n\r\nhello");
    ASSERT_FALSE(feed.error) << *feed.error;
    EXPECT_EQ(feed.response.status, 206U);
    EXPECT_EQ(feed.body(), "hello");
    EXPECT_EQ(feed.response.find("etag"), "\"x\"");
    EXPECT_EQ(feed.response.find("CONTENT-RANGE"), "bytes 0-4/9");
    EXPECT_EQ(feed.response.find("x-absent"), std::nullopt);
    EXPECT_TRUE(feed.keeps_alive);
    EXPECT_EQ(feed.left, "");
}

struct GoodAnswer {
    std::string text;
    std::string body;
    bool keeps_alive;
};

class GoodAnswers : public testing::TestWithParam<GoodAnswer> {};

TEST_P(GoodAnswers, are_the_same_in_pieces_of_any_size) {
    const auto& want = GetParam();
    for (std::size_t step = 1; step <= want.text.size(); ++step) {
        const Feed feed(want.text, step);
        ASSERT_FALSE(feed.error) << step << ": " << *feed.error;
        EXPECT_EQ(feed.body(), want.body) << step;
        EXPECT_EQ(feed.keeps_alive, want.keeps_alive) << step;
    }
}

TEST_P(GoodAnswers, cut_short_are_unavailable_or_last_until_the_end) {
    const auto& want = GetParam();
    const bool lasts_until_the_end = want.text.find("Length") == std::string::npos && !want.keeps_alive;
    const auto head = want.text.rfind("\r\n\r\n") + 4;
    for (std::size_t size = 1; size < want.text.size(); ++size) {
        const Feed feed(want.text.substr(0, size));
        if (lasts_until_the_end && size >= head) {
            EXPECT_FALSE(feed.error) << size;
        } else {
            ASSERT_TRUE(feed.error) << size;
            EXPECT_EQ(feed.error->code, Errc::unavailable) << size;
        }
    }
}

INSTANTIATE_TEST_SUITE_P(
    All, GoodAnswers,
    testing::Values(GoodAnswer{"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", "hello", true},
                    GoodAnswer{"HTTP/1.1 200\r\nContent-Length: 5\r\n\r\nhello", "hello", true},
                    GoodAnswer{"HTTP/1.1 100\r\n\r\nHTTP/1.1 200\r\nContent-Length: 2\r\n\r\nok", "ok", true},
                    GoodAnswer{"HTTP/1.1 204\r\n\r\n", "", true},
                    GoodAnswer{"HTTP/1.1 200 \r\nContent-Length: 0\r\n\r\n", "", true},
                    GoodAnswer{"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nConnection: close\r\n\r\nhello", "hello",
                               false},
                    GoodAnswer{"HTTP/1.0 200 OK\r\nContent-Length: 5\r\n\r\nhello", "hello", false},
                    GoodAnswer{"HTTP/1.1 200 OK\r\n\r\nhello", "hello", false},
                    GoodAnswer{"HTTP/1.1 204 No Content\r\n\r\n", "", true},
                    GoodAnswer{"HTTP/1.1 304 Not Modified\r\nContent-Length: 99\r\n\r\n", "", true},
                    GoodAnswer{"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 200 "
                               "OK\r\nContent-Length: 2\r\n\r\nok",
                               "ok", true},
                    GoodAnswer{"HTTP/1.1 200 OK\r\nTransfer-Encoding: "
                               "chunked\r\n\r\n5;x=y\r\nhello\r\n1\r\n!\r\n0\r\nX-Trailer: 1\r\n\r\n",
                               "hello!", true}));

TEST(ResponseReader, leaves_what_is_behind_the_answer) {
    const Feed feed("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokHTTP/1.1");
    ASSERT_FALSE(feed.error);
    EXPECT_EQ(feed.left, "HTTP/1.1");
}

TEST(ResponseReader, expects_no_body_after_a_head_request) {
    const Feed feed("HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n", 1000, 0, true);
    ASSERT_FALSE(feed.error) << *feed.error;
    EXPECT_TRUE(feed.keeps_alive);
}

TEST(ResponseReader, without_close_notify_does_not_believe_that_the_end_is_the_end) {
    ResponseReader reader(false, 100);
    ASSERT_TRUE(reader.take(as_bytes("HTTP/1.1 200 OK\r\n\r\nhello")));
    const auto ended = reader.end(false);
    ASSERT_FALSE(ended);
    EXPECT_EQ(ended.error().code, Errc::unavailable);
}

class BadAnswers : public testing::TestWithParam<std::string> {};

TEST_P(BadAnswers, are_corrupt) {
    for (const std::size_t step : {1U, 7U, 1'000'000U}) {
        const Feed feed(GetParam(), step);
        ASSERT_TRUE(feed.error) << feed.response.status;
        EXPECT_EQ(feed.error->code, Errc::corrupt) << *feed.error;
    }
}

INSTANTIATE_TEST_SUITE_P(
    All, BadAnswers,
    testing::Values("SSH-2.0-OpenSSH_9.2\r\n", "HTTP/2 200 OK\r\n\r\n", "HTTP/1.1 20 OK\r\n\r\n",
                    "HTTP/1.1 2000 OK\r\n\r\n", "HTTP/1.1 099 OK\r\nContent-Length: 0\r\n\r\n",
                    "HTTP/1.1 101 Switching Protocols\r\n\r\n", "HTTP/1.1 200 OK\r\nNo colon\r\n\r\n",
                    "HTTP/1.1 200 OK\r\nA: b\rc\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\nx",
                    "HTTP/1.1 200 OK\r\nContent-Length: 5x\r\n\r\nhello",
                    "HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n\r\nx",
                    "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 4\r\n\r\nhello",
                    "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
                    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n",
                    "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\nhello",
                    "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
                    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nx\r\nhello\r\n0\r\n\r\n",
                    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhelloo\r\n0\r\n\r\n",
                    "HTTP/1.1 200 OK\r\nX: " + std::string(40'000, 'x') + "\r\n\r\n",
                    "HTTP/1.1 200 " + std::string(40'000, 'x') + "\r\n\r\n"));

TEST(ResponseReader, stops_at_a_server_that_only_announces) {
    std::string text;
    for (int i = 0; i < 100; ++i) {
        text += "HTTP/1.1 100 Continue\r\n\r\n";
    }
    const Feed feed(text);
    ASSERT_TRUE(feed.error);
    EXPECT_EQ(feed.error->code, Errc::corrupt);
}

TEST(ResponseReader, refuses_a_body_over_the_limit_before_it_comes) {
    ResponseReader reader(false, 100);
    const auto taken = reader.take(as_bytes("HTTP/1.1 200 OK\r\nContent-Length: 101\r\n\r\n"));
    ASSERT_FALSE(taken);
    EXPECT_EQ(taken.error().code, Errc::too_large);
    EXPECT_NE(taken.error().message.find("101"), std::string::npos) << taken.error();
}

TEST(ResponseReader, takes_a_body_of_exactly_the_limit) {
    const std::string body(100, 'x');
    EXPECT_EQ(Feed("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n" + body).body(), body);
    EXPECT_EQ(Feed("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n64\r\n" + body + "\r\n0\r\n\r\n").body(),
              body);
}

TEST(ResponseReader, refuses_chunks_and_endless_bodies_over_the_limit) {
    const std::string body(101, 'x');
    for (const auto& text : {"HTTP/1.1 200 OK\r\n\r\n" + body,
                             "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n65\r\n" + body + "\r\n0\r\n\r\n"}) {
        const Feed feed(text, 10);
        ASSERT_TRUE(feed.error);
        EXPECT_EQ(feed.error->code, Errc::too_large) << *feed.error;
    }
}

TEST(ResponseReader, reads_an_error_s_explanation_beyond_the_limit) {
    const std::string body(1000, 'x');
    const Feed feed("HTTP/1.1 403 Forbidden\r\nContent-Length: 1000\r\n\r\n" + body);
    ASSERT_FALSE(feed.error) << *feed.error;
    EXPECT_EQ(feed.body(), body);
    EXPECT_TRUE(feed.keeps_alive);
}

TEST(ResponseReader, cuts_an_error_s_explanation_that_does_not_end) {
    const Feed feed("HTTP/1.1 503 Slow Down\r\nContent-Length: 1000000\r\n\r\n" + std::string(200'000, 'x'), 10'000);
    ASSERT_FALSE(feed.error) << *feed.error;
    EXPECT_EQ(feed.response.status, 503U);
    EXPECT_EQ(feed.response.body.size(), error_body_limit);
    EXPECT_FALSE(feed.keeps_alive);
}

TEST(ResponseReader, leaves_a_long_body_unread_if_it_may) {
    const std::string head = "HTTP/1.1 200 OK\r\nETag: \"x\"\r\nContent-Length: 101\r\n\r\n";
    constexpr bool is_head = false;
    constexpr bool may_skip_body = true;
    ResponseReader reader(is_head, 100, may_skip_body);
    ASSERT_TRUE(reader.take(as_bytes(head + "some of it")));
    ASSERT_TRUE(reader.is_done());
    EXPECT_FALSE(reader.keeps_alive());
    const auto response = reader.release();
    EXPECT_EQ(response.skipped_size, 101U);
    EXPECT_EQ(response.find("etag"), "\"x\"");
    EXPECT_TRUE(response.body.empty());
}

}  // namespace
}  // namespace tapalcatl::net
