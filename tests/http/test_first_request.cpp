#include "http/front.hpp"

#include "tests/http/accepting.hpp"
#include "tests/http/client.hpp"
#include "tests/http/fake_handler.hpp"

#include <boost/asio/ip/tcp.hpp>
#include <gtest/gtest.h>

#include <chrono>
#include <memory>

namespace tapalcatl::tests {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;

constexpr std::string_view closing = "Connection: close\r\n";

/// Connections whose first bytes have come when the front gets them.
class FirstRequest : public testing::Test {
 protected:
    ~FirstRequest() override {
        handler.forget_waiting();
        front.reset();
    }

    /// The client's end of a connection over which `bytes` were sent before the front got it.
    Client connected(std::string_view bytes, bool over_limit = false, int receive_buffer = 0) {
        asio::io_context context;
        tcp::acceptor acceptor(context, tcp::endpoint(asio::ip::make_address_v4("127.0.0.1"), 0));
        Client client(acceptor.local_endpoint().port(), "127.0.0.1", receive_buffer);
        client.send(bytes);
        tcp::endpoint peer;
        auto socket = accepted(acceptor, peer);
        char first = 0;
        if (!bytes.empty() && ::recv(socket.get(), &first, 1, MSG_PEEK) < 0 && errno == EAGAIN) {
            throw std::runtime_error("what was sent over loopback has not come");
        }
        front->serve(std::move(socket), over_limit, peer);
        return client;
    }

    void settle() {
        front->context().restart();
        front->context().poll();
    }

    /// Makes the front remember the response for `target` to requests with `headers`.
    void warm(std::string_view target, std::string_view headers) {
        auto client = connected(get_request(target, headers));
        settle();
        ASSERT_EQ(client.reply().status, 200U);
        made = handler.hot.made;
    }

    FakeHandler handler;
    http::Limits limits;
    http::Load load;
    std::unique_ptr<http::Front> front =
        std::make_unique<http::Front>(handler, limits, load, http::AccessLog::Form::off, nullptr);
    unsigned made = 0;
};

TEST_F(FirstRequest, is_answered_without_the_event_loop_if_the_response_is_remembered) {
    warm("/hot/3000", closing);
    auto client = connected(get_request("/hot/3000", closing));
    const auto reply = client.reply();
    EXPECT_EQ(reply.status, 200U);
    EXPECT_EQ(reply.body, pattern(3000));
    EXPECT_EQ(reply.header("Connection"), "close");
    EXPECT_TRUE(client.ends());
    EXPECT_EQ(handler.hot.made, made);
    EXPECT_EQ(load.connections, 0U);
}

TEST_F(FirstRequest, of_a_client_that_stays_is_followed_by_others) {
    warm("/hot/3000", "Accept: a\r\n");
    auto client = connected(get_request("/hot/3000", "Accept: a\r\n"));
    EXPECT_EQ(client.reply().header("Connection"), "-");
    EXPECT_EQ(handler.hot.made, made);
    for (const auto* headers : {"Accept: a\r\n", "Accept: b\r\n"}) {
        client.send(get_request("/hot/3000", headers));
        settle();
        EXPECT_EQ(client.reply().body, pattern(3000));
    }
    EXPECT_EQ(handler.hot.made, made + 1) << "other fields are parsed";
}

TEST_F(FirstRequest, gets_the_response_for_its_own_end_of_the_connection) {
    warm("/hot/5", closing);
    warm("/hot/5", "");
    for (int i = 0; i < 2; ++i) {
        auto last = connected(get_request("/hot/5", closing));
        EXPECT_EQ(last.reply().header("Connection"), "close");
        EXPECT_TRUE(last.ends());
        auto staying = connected(get_request("/hot/5"));
        EXPECT_EQ(staying.reply().header("Connection"), "-");
    }
    EXPECT_EQ(handler.hot.made, made);
}

TEST_F(FirstRequest, may_come_in_pieces_or_late) {
    warm("/hot/5", closing);
    const auto request = get_request("/hot/5", closing);
    for (std::size_t at = 0; at < request.size(); ++at) {
        auto client = connected(request.substr(0, at));
        settle();
        ASSERT_FALSE(client.has_news()) << at;
        client.send(request.substr(at));
        settle();
        ASSERT_EQ(client.reply().body, pattern(5)) << at;
        ASSERT_TRUE(client.ends()) << at;
    }
    EXPECT_EQ(handler.hot.made, made);
}

TEST_F(FirstRequest, is_answered_before_the_requests_behind_it) {
    warm("/hot/5", "");
    auto client = connected(get_request("/hot/5") + get_request("/other") + get_request("/hot/5"));
    settle();
    EXPECT_EQ(client.reply().body, pattern(5));
    EXPECT_EQ(client.reply().body, "GET /other a.example 127.0.0.1");
    EXPECT_EQ(client.reply().body, pattern(5));
}

TEST_F(FirstRequest, is_not_lost_by_what_a_client_sends_behind_its_last_one) {
    warm("/hot/5", closing);
    auto client = connected(get_request("/hot/5", closing) + get_request("/never"));
    settle();
    EXPECT_EQ(client.reply().body, pattern(5));
    EXPECT_TRUE(client.ends());
    EXPECT_EQ(load.connections, 1U) << "what it sends is read for a while";
}

TEST_F(FirstRequest, is_answered_whole_to_a_slow_reader) {
    constexpr std::size_t size = 20'000'000;
    const auto target = fmt::format("/hot/{}", size);
    {
        auto first = connected(get_request(target, closing));
        settle();
        std::size_t got = 0;
        while (got < size) {
            got += first.receive(1 << 20).size();
            settle();
        }
    }
    settle();
    made = handler.hot.made;
    auto client = connected(get_request(target, closing), false, 4096);
    settle();
    EXPECT_GT(load.pending_bytes, 0U);
    handler.hot.valid = false;  // what is on its way stays what it was
    std::string all;
    for (;;) {
        settle();
        const auto part = client.receive(1 << 20);
        if (part.empty()) {
            break;
        }
        all += part;
    }
    const auto head_end = all.find("\r\n\r\n") + 4;
    EXPECT_NE(all.substr(0, head_end).find("Connection: close"), std::string::npos);
    EXPECT_TRUE(all.substr(head_end) == pattern(size));
    EXPECT_EQ(handler.hot.made, made);
    settle();
    EXPECT_EQ(load.connections, 0U);
    EXPECT_EQ(load.pending_bytes, 0U);
}

TEST_F(FirstRequest, over_the_limit_is_refused_though_the_response_is_remembered) {
    warm("/hot/5", "");
    auto client = connected(get_request("/hot/5"), true);
    settle();
    EXPECT_EQ(client.reply().status, 503U);
    EXPECT_TRUE(client.ends());
}

TEST_F(FirstRequest, in_a_drain_is_answered_and_told_that_the_connection_ends) {
    warm("/hot/5", "");
    auto other = connected("");
    front->drain([] {});
    auto client = connected(get_request("/hot/5"));
    settle();
    EXPECT_EQ(client.reply().header("Connection"), "close");
    EXPECT_TRUE(client.ends());
}

TEST_F(FirstRequest, is_made_anew_once_the_response_is_not_valid) {
    warm("/hot/5", closing);
    handler.hot.valid = false;
    auto client = connected(get_request("/hot/5", closing));
    settle();
    EXPECT_EQ(client.reply().body, pattern(5));
    EXPECT_EQ(handler.hot.made, made + 1);
}

TEST_F(FirstRequest, that_never_comes_ends_with_the_client) {
    asio::io_context context;
    tcp::acceptor acceptor(context, tcp::endpoint(asio::ip::make_address_v4("127.0.0.1"), 0));
    for (const bool reset : {false, true}) {
        Client client(acceptor.local_endpoint().port());
        if (reset) {
            client.reset();
        } else {
            client.end_sending();
        }
        tcp::endpoint peer;
        front->serve(accepted(acceptor, peer), false, peer);
        settle();
        EXPECT_EQ(load.connections, 0U) << reset;
    }
}

}  // namespace
}  // namespace tapalcatl::tests
