#include "base/page_arena.hpp"
#include "http/front.hpp"

#include "tests/http/accepting.hpp"
#include "tests/http/client.hpp"
#include "tests/http/fake_handler.hpp"

#include <boost/asio/ip/tcp.hpp>
#include <gtest/gtest.h>

#include <chrono>
#include <csignal>
#include <memory>
#include <vector>

namespace tapalcatl::tests {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;

/// Most bodies fit into the buffer of a socket, some do not.
std::size_t size_of(unsigned number) {
    return number % 10 == 7 ? 6'000'001 : 300'001;
}

/// A body that is another one for each number.
std::string body_of(unsigned number) {
    static const auto longest = pattern(size_of(7));
    auto text = longest.substr(0, size_of(number));
    for (std::size_t i = 0; i < text.size(); i += 1000) {
        text.replace(i, 8, fmt::format("{:08}", number).substr(0, std::min<std::size_t>(8, text.size() - i)));
    }
    return text;
}

/// Answers "/N" with body_of(N), which it stores in its arena for this one answer, or on the heap if it has none.
class ArenaHandler final : public service::Handler {
 public:
    explicit ArenaHandler(std::shared_ptr<PageArena> arena) : arena_(std::move(arena)) {}

    std::optional<web::Response> answer_at_once(const web::Request& request) override {
        const auto number = parse_number(request.target.substr(1));
        const auto text = body_of(static_cast<unsigned>(number.value()));
        web::Response response;
        response.body = arena_ == nullptr ? copy_of(as_bytes(text)) : in_arena(text);
        return response;
    }

    Awaitable<web::Response> answer(web::Request /*request*/) override { co_return web::Response(); }
    web::Response refuse(const web::Request& /*request*/) override { return {}; }
    void begin_drain() override {}

 private:
    SharedBytes in_arena(const std::string& text) {
        auto extent = arena_->store(as_bytes(text));
        if (!extent) {
            throw std::runtime_error("the arena is full: bodies are not let go");
        }
        const auto owner = std::make_shared<PageArena::Extent>(std::move(*extent));
        return {owner, owner->bytes()};
    }

    std::shared_ptr<PageArena> arena_;
};

/// With an arena, and without one as on systems that have no memfd.
class Sending : public testing::TestWithParam<bool> {
 protected:
    void SetUp() override {
        std::signal(SIGPIPE, SIG_IGN);  // as main() does
        if (GetParam()) {
            arena = PageArena::open(60'000'000);
            if (arena == nullptr) {
                GTEST_SKIP() << "this system has no memfd, or cannot punch holes";
            }
        }
        handler = std::make_unique<ArenaHandler>(arena);
        front = std::make_unique<http::Front>(*handler, limits, load, http::AccessLog::Form::off, nullptr, arena.get());
    }

    Client connected(int receive_buffer = 0) {
        asio::io_context context;
        tcp::acceptor acceptor(context, tcp::endpoint(asio::ip::make_address_v4("127.0.0.1"), 0));
        Client client(acceptor.local_endpoint().port(), "127.0.0.1", receive_buffer);
        tcp::endpoint peer;
        front->serve(accepted(acceptor, peer), false, peer);
        settle();
        return client;
    }

    void settle() {
        front->context().restart();
        front->context().poll();
    }

    /// The body of an answer, taken in pieces while the front runs.
    std::string received(Client& client, unsigned number, std::size_t piece) {
        std::string all;
        const auto give_up = std::chrono::steady_clock::now() + std::chrono::seconds(20);
        for (;;) {
            settle();
            const auto head_end = all.find("\r\n\r\n");
            if (head_end != std::string::npos && all.size() >= head_end + 4 + size_of(number)) {
                return all.substr(head_end + 4);
            }
            if (std::chrono::steady_clock::now() > give_up) {
                ADD_FAILURE() << "only " << all.size() << " bytes came";
                return all;
            }
            if (client.has_news()) {
                all += client.receive(piece);
            } else {
                front->context().run_one_for(std::chrono::milliseconds(1));
            }
        }
    }

    http::Limits limits;
    http::Load load;
    std::shared_ptr<PageArena> arena;
    std::unique_ptr<ArenaHandler> handler;
    std::unique_ptr<http::Front> front;
};

TEST_P(Sending, head_and_body_come_whole) {
    auto client = connected();
    for (unsigned i = 5; i < 10; ++i) {
        client.send(get_request(fmt::format("/{}", i)));
        ASSERT_TRUE(received(client, i, 1 << 20) == body_of(i)) << i;
    }
}

TEST_P(Sending, head_requests_have_no_body) {
    auto client = connected();
    client.send("HEAD /1 HTTP/1.1\r\nHost: a\r\n\r\n");
    settle();
    EXPECT_EQ(client.reply(true).header("Content-Length"), std::to_string(size_of(1)));
    EXPECT_FALSE(client.has_news());
}

TEST_P(Sending, slow_readers_get_their_bytes_though_what_they_read_has_left_and_its_place_is_used_again) {
    std::vector<Client> slow;
    for (unsigned i = 0; i < 20; ++i) {
        slow.push_back(connected(4096));
        slow.back().send(get_request(fmt::format("/{}", i)));
        settle();
    }
    // Others fill the places that were freed, again and again, while the slow ones read a little.
    auto quick = connected();
    for (unsigned i = 0; i < 100; ++i) {
        quick.send(get_request(fmt::format("/{}", 1000 + i)));
        ASSERT_TRUE(received(quick, 1000 + i, 1 << 20) == body_of(1000 + i)) << i;
    }
    for (unsigned i = 0; i < slow.size(); ++i) {
        ASSERT_TRUE(received(slow[i], i, 500 + i * 997) == body_of(i)) << i;
    }
    EXPECT_EQ(load.pending_bytes.load(), 0U);
}

TEST_P(Sending, a_client_that_goes_away_while_it_is_sent_to_harms_nobody) {
    {
        auto client = connected(4096);
        client.send(get_request("/7"));
        settle();
        EXPECT_GT(load.pending_bytes.load(), 0U);
        client.reset();
    }
    auto other = connected();
    other.send(get_request("/2"));
    EXPECT_TRUE(received(other, 2, 1 << 20) == body_of(2));
    EXPECT_EQ(load.pending_bytes.load(), 0U);
}

INSTANTIATE_TEST_SUITE_P(WithAndWithoutArena, Sending, testing::Bool(),
                         [](const auto& info) { return info.param ? "arena" : "heap"; });

}  // namespace
}  // namespace tapalcatl::tests
