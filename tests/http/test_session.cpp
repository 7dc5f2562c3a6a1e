#include "base/text.hpp"

#include "tests/http/serving.hpp"

#include <boost/json.hpp>

#include <algorithm>
#include <array>
#include <cerrno>
#include <system_error>
#include <thread>
#include <vector>

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

namespace tapalcatl::tests {
namespace {

TEST_F(ServerTest, a_request_is_answered_and_the_connection_stays_open) {
    auto client = connected();
    for (int i = 0; i < 100; ++i) {
        const auto path = fmt::format("/a{}?b=c", i);
        const auto reply = client.get(path);
        EXPECT_EQ(reply.status, 200U);
        EXPECT_EQ(reply.body, fmt::format("GET {} a.example 127.0.0.1", path));
        EXPECT_EQ(reply.header("Connection"), "-");
        EXPECT_TRUE(reply.header("Date").ends_with(" GMT"));
        EXPECT_EQ(reply.header("Content-Length"), std::to_string(reply.body.size()));
    }
}

TEST_F(ServerTest, requests_sent_in_one_go_are_answered_in_order) {
    auto client = connected();
    client.send(get_request("/one") + get_request("/two") + get_request("/three"));
    EXPECT_EQ(client.reply().body, "GET /one a.example 127.0.0.1");
    EXPECT_EQ(client.reply().body, "GET /two a.example 127.0.0.1");
    EXPECT_EQ(client.reply().body, "GET /three a.example 127.0.0.1");
    EXPECT_FALSE(client.has_news());
}

TEST_F(ServerTest, a_slow_answer_holds_back_the_ones_behind_it) {
    auto client = connected();
    client.send(get_request("/wait") + get_request("/quick"));
    handler.wait_for_waiting(1);
    EXPECT_FALSE(client.has_news());
    handler.release();
    EXPECT_TRUE(client.reply().body.starts_with("GET /wait"));
    EXPECT_TRUE(client.reply().body.starts_with("GET /quick"));
}

TEST_F(ServerTest, a_slow_answer_does_not_hold_back_other_connections) {
    auto slow = connected();
    slow.send(get_request("/wait"));
    handler.wait_for_waiting(1);
    auto quick = connected();
    EXPECT_EQ(quick.get("/").status, 200U);
    handler.release();
    EXPECT_EQ(slow.reply().status, 200U);
}

TEST_F(ServerTest, a_thousand_requests_in_one_go_are_all_answered) {
    auto client = connected();
    std::string all;
    for (int i = 0; i < 1000; ++i) {
        all += get_request(fmt::format("/{}", i));
    }
    client.send(all);
    for (int i = 0; i < 1000; ++i) {
        EXPECT_EQ(client.reply().body, fmt::format("GET /{} a.example 127.0.0.1", i));
    }
}

TEST_F(ServerTest, a_response_that_may_be_sent_again_is_asked_for_once) {
    auto client = connected();
    std::vector<Reply> replies;
    for (int i = 0; i < 5; ++i) {
        replies.push_back(client.get("/hot/20000?api_key=a", "Accept-Encoding: gzip\r\n"));
    }
    EXPECT_EQ(handler.hot.made, 1U);
    for (const auto& reply : replies) {
        EXPECT_EQ(reply.status, 200U);
        EXPECT_EQ(reply.body, pattern(20000));
        EXPECT_EQ(reply.header("Content-Length"), "20000");
        EXPECT_EQ(reply.header("Connection"), "-");
    }
    auto other = connected();
    EXPECT_EQ(other.get("/hot/20000?api_key=a", "Accept-Encoding: gzip\r\n").body, pattern(20000));
    EXPECT_EQ(other.get("/hot/20000?api_key=a", "Accept-Encoding: gzip\r\n").body, pattern(20000));
    EXPECT_LE(handler.hot.made, 2U) << "a connection's first request is parsed, its second one is not";
    EXPECT_EQ(other.get("/hot/20001", "Accept-Encoding: gzip\r\n").body, pattern(20001));
}

TEST_F(ServerTest, a_request_that_differs_is_asked_for) {
    auto client = connected();
    const auto made_by = [&](std::string_view request, bool without_body = false) {
        const auto before = handler.hot.made.load();
        client.send(request);
        client.reply(without_body);
        return handler.hot.made - before;
    };
    const auto request = [](std::string_view line, std::string_view fields) {
        return fmt::format("{}\r\nHost: a\r\n{}\r\n", line, fields);
    };
    const auto plain = request("GET /hot/9 HTTP/1.1", "");
    made_by(plain);
    ASSERT_EQ(made_by(plain), 0U);
    EXPECT_EQ(made_by(request("HEAD /hot/9 HTTP/1.1", ""), true), 1U);
    EXPECT_EQ(made_by(request("GET /hot/9 HTTP/1.0", "Connection: keep-alive\r\n")), 1U);
    EXPECT_EQ(made_by(request("GET /hot/9 HTTP/1.1", "If-None-Match: \"1\"\r\n")), 1U);
    EXPECT_EQ(made_by(request("GET /hot/9 HTTP/1.1", "If-None-Match: \"1\"\r\n")), 1U) << "again";
    EXPECT_EQ(made_by(request("GET /hot/9 HTTP/1.1", "If-Modified-Since: Sun, 06 Nov 1994 08:49:37 GMT\r\n")), 1U);
    EXPECT_EQ(made_by(plain), 0U);
    EXPECT_EQ(made_by(request("GET /hot/9 HTTP/1.1", "Accept-Encoding: gzip\r\n")), 1U);
    EXPECT_EQ(made_by(request("GET /hot/9 HTTP/1.1", "Accept-Encoding: gzip\r\n")), 0U);
    EXPECT_EQ(made_by(request("GET /hot/9 HTTP/1.1", "Accept-Encoding: gzip;q=0\r\n")), 1U);
    EXPECT_EQ(made_by(request("GET /hot/9 HTTP/1.1", "Connection: close\r\n")), 1U);
    EXPECT_TRUE(client.ends());
}

TEST_F(ServerTest, a_response_for_one_origin_is_not_sent_to_another) {
    auto client = connected();
    const auto allowed = [&](std::string_view origin) {
        const auto fields = origin.empty() ? std::string() : fmt::format("Origin: {}\r\n", origin);
        return client.get("/origin/9", fields).header("Allowed");
    };
    for (int i = 0; i < 3; ++i) {
        EXPECT_EQ(allowed("https://one.example"), "https://one.example");
        EXPECT_EQ(allowed("https://two.example"), "https://two.example");
        EXPECT_EQ(allowed(""), "");
    }
    EXPECT_EQ(handler.hot.made, 3U) << "each is asked for once, and sent again to its own origin";
}

TEST_F(ServerTest, a_response_is_sent_again_to_all_origins_unless_it_varies_by_them) {
    auto client = connected();
    client.get("/hot/9", "Origin: https://one.example\r\n");
    client.get("/hot/9", "Origin: https://two.example\r\n");
    client.get("/hot/9", "Origin: https://two.example\r\n");
    EXPECT_LE(handler.hot.made, 2U) << "header fields are parsed once";
}

TEST_F(ServerTest, a_response_that_is_not_valid_any_more_is_asked_for) {
    auto client = connected();
    client.get("/hot/9");
    client.get("/hot/9");
    ASSERT_EQ(handler.hot.made, 1U);
    handler.hot.valid = false;
    client.get("/hot/9");
    client.get("/hot/9");
    EXPECT_EQ(handler.hot.made, 3U);
}

TEST_F(ServerTest, a_response_is_asked_for_after_responses_were_forgotten) {
    options.threads = 2;
    auto client = connected();
    auto other = connected();
    for (auto* each : {&client, &other, &client, &other}) {
        each->get("/hot/9");
    }
    ASSERT_EQ(handler.hot.made, 2U) << "once for each thread";
    const auto held = std::make_shared<int>(1);
    server->forget_responses(held);
    client.get("/hot/9");
    other.get("/hot/9");
    EXPECT_EQ(handler.hot.made, 4U);
    EXPECT_EQ(held.use_count(), 1) << "each thread has let it go";
    client.get("/hot/9");
    EXPECT_EQ(handler.hot.made, 4U);
}

TEST_F(ServerTest, a_response_that_is_being_sent_when_responses_are_forgotten_is_not_remembered) {
    auto client = connected(4096);
    constexpr auto target = "/hot/8000000";
    client.send(get_request(target));
    while (handler.hot.made == 0) {
        std::this_thread::yield();
    }
    server->forget_responses(nullptr);
    connected().get("/after-that");  // one thread: the responses are forgotten by now
    EXPECT_EQ(client.reply().body, pattern(8'000'000));
    client.get(target);
    EXPECT_EQ(handler.hot.made, 2U);
}

TEST_F(ServerTest, a_known_request_is_answered_however_it_arrives) {
    auto client = connected();
    const auto request = get_request("/hot/300");
    client.get("/hot/300");
    for (const char c : request + "\r\n" + request) {  // an empty line before a request is ignored
        client.send({&c, 1});
    }
    EXPECT_EQ(client.reply().body, pattern(300));
    EXPECT_EQ(client.reply().body, pattern(300));
    std::string all;
    for (int i = 0; i < 100; ++i) {
        all += request + get_request("/other");
    }
    client.send(all);
    for (int i = 0; i < 100; ++i) {
        EXPECT_EQ(client.reply().body, pattern(300));
        EXPECT_EQ(client.reply().body, "GET /other a.example 127.0.0.1");
    }
}

TEST_F(ServerTest, a_slow_client_gets_a_response_that_is_forgotten_meanwhile) {
    auto client = connected(4096);
    constexpr std::size_t size = 8'000'000;
    const auto request = get_request(fmt::format("/hot/{}", size));
    client.send(request + request);
    EXPECT_EQ(client.reply().body, pattern(size));
    handler.hot.valid = false;
    auto other = connected();
    other.get(fmt::format("/hot/{}", size));  // drops the response
    EXPECT_EQ(client.reply().body, pattern(size));
    handler.hot.valid = true;
}

TEST_F(ServerTest, head_has_the_length_and_no_body) {
    auto client = connected();
    client.send("HEAD /size/12345 HTTP/1.1\r\nHost: a\r\n\r\n" + get_request("/next"));
    const auto head = client.reply(true);
    EXPECT_EQ(head.status, 200U);
    EXPECT_EQ(head.header("Content-Length"), "12345");
    EXPECT_EQ(client.reply().body, "GET /next a.example 127.0.0.1") << "nothing stands between the two";
}

TEST_F(ServerTest, answers_without_content_have_neither_length_nor_body) {
    auto client = connected();
    for (const auto* path : {"/status/204", "/status/304"}) {
        client.send(get_request(path) + get_request("/next"));
        const auto reply = client.reply();
        EXPECT_EQ(reply.header("Content-Length"), "-") << path;
        EXPECT_EQ(client.reply().body, "GET /next a.example 127.0.0.1") << path;
    }
}

TEST_F(ServerTest, close_is_honoured_and_what_follows_is_not_answered) {
    auto client = connected();
    client.send(get_request("/last", "Connection: close\r\n") + get_request("/never"));
    const auto reply = client.reply();
    EXPECT_EQ(reply.header("Connection"), "close");
    EXPECT_TRUE(client.ends());
}

/// The server's end of a connection of this process; -1 if there is none.
int other_end(int fd) {
    sockaddr_in own{};
    socklen_t size = sizeof own;
    if (::getsockname(fd, reinterpret_cast<sockaddr*>(&own), &size) != 0) {
        return -1;
    }
    for (int other = 0; other < 4096; ++other) {
        sockaddr_in peer{};
        size = sizeof peer;
        const bool has_peer = ::getpeername(other, reinterpret_cast<sockaddr*>(&peer), &size) == 0;
        if (has_peer && peer.sin_family == AF_INET && peer.sin_port == own.sin_port) {
            return other;
        }
    }
    return -1;
}

TEST_F(ServerTest, accepted_connections_send_at_once) {
    auto client = connected();
    EXPECT_EQ(client.get("/").status, 200U);
    int no_delay = 0;
    socklen_t size = sizeof no_delay;
    ASSERT_EQ(::getsockopt(other_end(client.fd()), IPPROTO_TCP, TCP_NODELAY, &no_delay, &size), 0);
    EXPECT_NE(no_delay, 0);
}

TEST_F(ServerTest, http_1_0_closes_unless_it_is_asked_not_to) {
    {
        auto client = connected();
        client.send("GET / HTTP/1.0\r\n\r\n");
        const auto reply = client.reply();
        EXPECT_EQ(reply.status, 200U);
        EXPECT_EQ(reply.header("Connection"), "close");
        EXPECT_TRUE(client.ends());
    }
    auto client = connected();
    client.send("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
    EXPECT_EQ(client.reply().header("Connection"), "keep-alive");
    EXPECT_EQ(client.get("/more").status, 200U);
}

TEST_F(ServerTest, a_client_that_has_said_all_still_gets_its_answers) {
    auto client = connected();
    client.send(get_request("/one") + get_request("/size/3000000"));
    client.end_sending();
    EXPECT_EQ(client.reply().status, 200U);
    EXPECT_EQ(client.reply().body, pattern(3'000'000));
    EXPECT_TRUE(client.ends());
}

TEST_F(ServerTest, empty_lines_before_a_request_are_passed_over) {
    auto client = connected();
    client.send("\r\n\r\n\r\n" + get_request("/one") + "\r\n" + get_request("/two"));
    EXPECT_EQ(client.reply().status, 200U);
    EXPECT_EQ(client.reply().status, 200U);
}

TEST_F(ServerTest, a_refused_request_is_answered_and_the_connection_closed) {
    for (const auto& [head, status] :
         {std::pair{std::string("GET / HTTP/1.1\r\n\r\n"), 400U},
          std::pair{std::string("GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n"), 400U},
          std::pair{std::string("GET / HTTP/1.1\r\nHost: a b\r\n\r\n"), 400U},
          std::pair{std::string("GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello"), 400U},
          std::pair{std::string("GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"), 400U},
          std::pair{std::string("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"), 505U},
          std::pair{std::string("\x16\x03\x01\x02\x00\x01", 6), 400U}, std::pair{std::string(1, '\0'), 400U},
          std::pair{std::string("{\"json\":1}"), 400U}, std::pair{std::string("\n"), 400U}}) {
        auto client = connected();
        client.send(head);
        const auto reply = client.reply();
        EXPECT_EQ(reply.status, status) << printable(head);
        EXPECT_EQ(reply.header("Connection"), "close");
        EXPECT_EQ(reply.header("Access-Control-Allow-Origin"), "*");
        EXPECT_FALSE(reply.body.empty());
        EXPECT_TRUE(client.ends()) << printable(head);
    }
}

TEST_F(ServerTest, another_method_with_a_body_reaches_the_handler_and_closes_the_connection) {
    const auto hidden = get_request("/hidden");
    for (const auto& head : {fmt::format("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: {}\r\n\r\n", hidden.size()),
                             std::string("PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999999\r\n\r\n"),
                             std::string("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n")}) {
        auto client = connected();
        client.send(head + hidden);
        const auto reply = client.reply();
        EXPECT_TRUE(reply.body.starts_with("P")) << "the handler decides: " << reply.body;
        EXPECT_EQ(reply.header("Connection"), "close") << head;
        EXPECT_TRUE(client.ends()) << head;
    }
}

TEST_F(ServerTest, a_body_is_never_taken_for_a_request) {
    auto client = connected();
    const auto hidden = get_request("/hidden");
    client.send(fmt::format("GET / HTTP/1.1\r\nHost: a\r\nContent-Length: {}\r\n\r\n{}", hidden.size(), hidden));
    EXPECT_EQ(client.reply().status, 400U);
    EXPECT_TRUE(client.ends());
}

TEST_F(ServerTest, a_large_answer_arrives_whole_at_a_slow_reader) {
    constexpr std::size_t size = 10'000'000;
    auto client = connected(16 * 1024);
    client.send(get_request(fmt::format("/size/{}", size)) + get_request("/next"));
    std::string got;
    while (got.find("\r\n\r\n") == std::string::npos) {
        got += client.receive(1000);
    }
    got.erase(0, got.find("\r\n\r\n") + 4);
    while (got.size() < size) {
        const auto part = client.receive(std::min<std::size_t>(7919, size - got.size()));
        ASSERT_FALSE(part.empty());
        got += part;
    }
    EXPECT_TRUE(got == pattern(size));
    EXPECT_EQ(client.reply().body, "GET /next a.example 127.0.0.1");
}

TEST_F(ServerTest, clients_that_vanish_leave_nothing_behind) {
    for (int i = 0; i < 20; ++i) {
        auto reading = connected(4096);
        reading.send(get_request("/size/5000000"));
        reading.receive(100);
        reading.reset();
        auto sending = connected();
        sending.send("GET / HTT");
        sending.reset();
        auto waiting = connected();
        waiting.send(get_request("/wait"));
        handler.wait_for_waiting(1);
        waiting.reset();
        handler.release();
    }
    handler.wait_for_bodies_to_go();
    EXPECT_EQ(connected().get("/").status, 200U);
}

TEST_F(ServerTest, several_threads_serve_as_one) {
    options.threads = 3;
    std::vector<Client> clients;
    for (int i = 0; i < 12; ++i) {
        clients.push_back(connected());
    }
    for (int round = 0; round < 5; ++round) {
        for (auto& client : clients) {
            client.send(get_request("/"));
        }
        for (auto& client : clients) {
            EXPECT_EQ(client.reply().status, 200U);
        }
    }
}

/// Where an access log goes, to be read once the server has ended.
class LogPipe {
 public:
    LogPipe() {
        if (::pipe(ends_.data()) != 0) {
            throw std::system_error(errno, std::system_category(), "pipe");
        }
    }
    LogPipe(const LogPipe&) = delete;
    LogPipe& operator=(const LogPipe&) = delete;
    ~LogPipe() {
        ::close(ends_[0]);
        ::close(ends_[1]);
    }

    int fd() const { return ends_[1]; }

    /// Requires: something was logged, and less than a pipe holds.
    std::string text() const {
        std::string all(32 * 1024, '\0');
        all.resize(static_cast<std::size_t>(std::max<ssize_t>(::read(ends_[0], all.data(), all.size()), 0)));
        return all;
    }

 private:
    std::array<int, 2> ends_{};
};

TEST_F(ServerTest, the_access_log_says_what_was_answered_and_never_the_query) {
    const LogPipe log;
    options.access_log = http::AccessLog::Form::plain;
    options.access_log_fd = log.fd();
    {
        auto client = connected();
        client.get("/log?api_key=secret");
        client.get("/status/404?api_key=secret");
        client.send("HEAD /size/77 HTTP/1.1\r\nHost: a\r\n\r\n");
        client.reply(true);
        client.get("/hot/9?api_key=secret");
        client.get("/hot/9?api_key=secret");  // sent again
        client.send("nonsense\r\n\r\n");
        client.reply();
    }
    server->drain();
    finish();
    const auto text = log.text();
    const std::string_view hot = " GET /hot/9 200 9 ";
    EXPECT_NE(text.find(hot), text.rfind(hot)) << text;
    EXPECT_EQ(text.find("secret"), std::string::npos) << text;
    EXPECT_NE(text.find(" 127.0.0.1 GET /log 200 6 "), std::string::npos) << text;
    EXPECT_NE(text.find("ms hit all/0/0/0.zip\n"), std::string::npos) << text;
    EXPECT_NE(text.find(" GET /status/404 404 3 "), std::string::npos) << text;
    EXPECT_NE(text.find(" HEAD /size/77 200 0 "), std::string::npos) << text;
    EXPECT_NE(text.find(" 400 "), std::string::npos) << text;
    EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 6);
}

TEST_F(ServerTest, the_access_log_counts_the_bytes_that_a_client_took) {
    const LogPipe log;
    options.access_log = http::AccessLog::Form::json;
    options.access_log_fd = log.fd();
    options.limits.write_timeout = std::chrono::milliseconds(100);
    {
        auto slow = connected(64 * 1024);
        EXPECT_EQ(slow.get("/size/9000000").body.size(), 9'000'000U);
        auto stopped = connected(4096);
        stopped.send(get_request("/size/40000000"));
        EXPECT_FALSE(stopped.receive(1000).empty());
        handler.wait_for_bodies_to_go();
    }
    server->drain();
    finish();
    const auto text = log.text();
    const auto end = text.find('\n');
    EXPECT_EQ(boost::json::parse(text.substr(0, end)).at("bytes"), 9'000'000);
    const auto took = boost::json::parse(text.substr(end + 1)).at("bytes").to_number<std::size_t>();
    EXPECT_GE(took, 1000U);
    EXPECT_LT(took, 40'000'000U);
}

}  // namespace
}  // namespace tapalcatl::tests
