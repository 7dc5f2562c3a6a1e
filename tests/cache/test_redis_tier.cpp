#include "cache/redis_tier.hpp"

#include "tests/cache/fake_redis.hpp"
#include "tests/support/fake_clock.hpp"
#include "tests/support/run.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <unistd.h>

namespace tapalcatl::tests {
namespace {

using boost::asio::ip::tcp;

class RedisTierTest : public testing::Test {
 protected:
    using Redis = FakeRedis<tcp>;
    using Words = Redis::Words;

    void SetUp() override { start(); }

    /// Another server on the port of before, if there was one.
    void start() {
        redis = std::make_unique<Redis>(context, tcp::endpoint(boost::asio::ip::address_v4::loopback(), port_));
        port_ = redis->endpoint().port();
    }

    cache::Tier& tier() {
        if (tier_ == nullptr) {
            options.url = fmt::format("redis://{}127.0.0.1:{}/{}", login, port_, database);
            auto made = cache::make_redis_tier(options, context.get_executor(), clock);
            EXPECT_TRUE(made) << made.error();
            tier_ = std::move(*made);
        }
        return *tier_;
    }

    static SteadyTime soon() { return std::chrono::steady_clock::now() + std::chrono::seconds(20); }

    Result<std::optional<SharedBytes>> get(const std::string& name) { return run(context, tier().get(name, soon())); }

    Result<void> put(const std::string& name, std::string_view value,
                     std::chrono::seconds keep_for = std::chrono::seconds(60)) {
        return run(context, tier().put(name, copy_of(as_bytes(value)), keep_for, soon()));
    }

    static std::string text_of(const Result<std::optional<SharedBytes>>& value) {
        if (!value) {
            return fmt::format("({}: {})", name_of(value.error().code), value.error().message);
        }
        return *value ? std::string(as_text((*value)->view())) : "(nothing)";
    }

    std::string text(const std::string& name) { return text_of(get(name)); }

    void drop_tier() { tier_.reset(); }

    boost::asio::io_context context;
    FakeClock clock;
    cache::RedisTierOptions options;
    std::string login;
    unsigned database = 0;
    std::unique_ptr<Redis> redis;

 private:
    std::uint16_t port_ = 0;
    std::unique_ptr<cache::Tier> tier_;
};

TEST_F(RedisTierTest, what_is_put_is_there) {
    EXPECT_EQ(text("a"), "(nothing)");
    const std::string value("a\r\n$1\r\n\0b", 9);
    ASSERT_TRUE(put("a", value, std::chrono::seconds(77)));
    EXPECT_EQ(text("a"), value);
    const Words want{"SET", "a", value, "EX", "77"};
    EXPECT_EQ(redis->commands[3], want);
}

TEST_F(RedisTierTest, connections_are_kept) {
    for (int i = 0; i < 10; ++i) {
        ASSERT_TRUE(put("a", "value"));
        EXPECT_EQ(text("a"), "value");
    }
    EXPECT_EQ(redis->connections, 2U) << "one to get, one to put";
}

TEST_F(RedisTierTest, questions_that_come_together_go_out_together) {
    redis->values = {{"0", "zero"}, {"2", "two"}};
    std::vector<Running<Result<std::optional<SharedBytes>>>> running;
    for (int i = 0; i < 200; ++i) {
        running.emplace_back(context, tier().get(fmt::format("{}", i % 4), soon()));
    }
    EXPECT_EQ(text("2"), "two");
    for (std::size_t i = 0; i < running.size(); ++i) {
        ASSERT_TRUE(running[i].done()) << i;
        EXPECT_EQ(text_of(*running[i]), i % 4 == 0 ? "zero" : i % 4 == 2 ? "two" : "(nothing)") << i;
    }
    EXPECT_EQ(redis->connections, 1U);
}

TEST_F(RedisTierTest, answers_may_come_in_pieces) {
    redis->piece = 1;
    ASSERT_TRUE(put("a", std::string(300, 'v')));
    EXPECT_EQ(text("a"), std::string(300, 'v'));
}

TEST_F(RedisTierTest, it_logs_in_and_chooses_the_database) {
    login = "user:pa%20ss@";
    database = 3;
    EXPECT_EQ(text("a"), "(nothing)");
    const std::vector<Words> want{{"AUTH", "user", "pa ss"}, {"SELECT", "3"}, {"PING"}, {"GET", "a"}};
    EXPECT_EQ(redis->commands, want);
}

TEST_F(RedisTierTest, a_password_alone_is_sent_alone) {
    login = ":secret@";
    EXPECT_EQ(text("a"), "(nothing)");
    EXPECT_EQ(redis->commands[0], (Words{"AUTH", "secret"}));
}

TEST_F(RedisTierTest, a_server_without_users_is_sent_the_password_alone) {
    login = "host:secret@";
    database = 2;
    redis->script = [](const Words& words) -> std::optional<std::string> {
        return words[0] == "AUTH" && words.size() == 3
                   ? std::optional("-ERR wrong number of arguments for 'auth' command\r\n")
                   : std::nullopt;
    };
    EXPECT_EQ(text("a"), "(nothing)");
    const std::vector<Words> want{
        {"AUTH", "host", "secret"}, {"AUTH", "secret"}, {"SELECT", "2"}, {"PING"}, {"GET", "a"}};
    EXPECT_EQ(redis->commands, want);
}

TEST_F(RedisTierTest, no_message_has_the_log_in) {
    login = "someone:secret@";
    redis->script = [](const Words& words) -> std::optional<std::string> {
        return words[0] == "AUTH" ? "-ERR unknown command 'AUTH', with args beginning with: 'someone' 'secret'\r\n"
                                  : "+OK\r\n";
    };
    const auto said = text("a");
    EXPECT_EQ(said, "(denied: refuses user or password: ERR)");
    EXPECT_EQ(text("a"), "(unavailable: refuses user or password: ERR)") << "at once, while it rests";
    EXPECT_EQ(tier().name(), fmt::format("redis://127.0.0.1:{}/0", redis->endpoint().port()));
}

TEST_F(RedisTierTest, a_server_that_wants_a_password_is_told_as_such) {
    redis->script = [](const Words&) { return "-NOAUTH Authentication required.\r\n"; };
    EXPECT_EQ(text("a"), "(denied: refuses to work: NOAUTH Authentication required.)");
}

TEST_F(RedisTierTest, a_database_that_is_refused_is_told_as_such) {
    database = 99;
    redis->script = [](const Words& words) -> std::optional<std::string> {
        return words[0] == "SELECT" ? std::optional("-ERR DB index is out of range\r\n") : std::nullopt;
    };
    EXPECT_EQ(text("a"), "(denied: refuses database 99: ERR DB index is out of range)");
}

TEST_F(RedisTierTest, an_error_fails_its_command_alone) {
    redis->script = [](const Words& words) -> std::optional<std::string> {
        return words[0] == "SET" || words.back() == "bad" ? std::optional("-OOM command\tnot allowed\r\n")
                                                          : std::nullopt;
    };
    EXPECT_EQ(text("bad"), "(unavailable: replies to GET with: OOM command\\x09not allowed)");
    EXPECT_EQ(text("good"), "(nothing)");
    EXPECT_FALSE(put("a", "value"));
    EXPECT_EQ(redis->connections, 2U);
}

TEST_F(RedisTierTest, what_is_not_redis_ends_the_connection) {
    for (const std::string answer :
         {"HTTP/1.1 400 Bad Request\r\n\r\n", ":1\r\n", "*1\r\n+OK\r\n", "+OK\r\n+OK\r\n+surplus\r\n"}) {
        drop_tier();
        redis->script = [answer](const Words& words) {
            return words[0] == "GET" ? std::optional(answer) : std::nullopt;
        };
        const auto value = get("a");
        ASSERT_FALSE(value) << answer;
    }
}

TEST_F(RedisTierTest, an_answer_over_the_limit_ends_the_connection) {
    options.value_limit = 1000;
    redis->values["a"] = std::string(100'000, 'v');
    const auto value = get("a");
    ASSERT_FALSE(value);
    EXPECT_EQ(value.error().code, Errc::too_large);
    const auto done = put("b", std::string(1001, 'v'));
    ASSERT_FALSE(done);
    EXPECT_EQ(done.error().code, Errc::too_large);
}

TEST_F(RedisTierTest, a_connection_that_ended_unused_is_replaced_unseen) {
    redis->values["a"] = "value";
    EXPECT_EQ(text("a"), "value");
    redis->hang_up();
    EXPECT_EQ(text("a"), "value");
    EXPECT_EQ(redis->connections, 2U);
}

TEST_F(RedisTierTest, answers_never_come_to_another_question) {
    redis->values["b"] = "of b";
    redis->script = [](const Words& words) -> std::optional<std::string> {
        return words.back() == "a" ? std::optional("$4\r\nof a\r\n$7\r\nsurplus\r\n") : std::nullopt;
    };
    EXPECT_EQ(text("a"), "of a");
    EXPECT_EQ(text("b"), "of b");
    EXPECT_EQ(redis->connections, 2U);
}

TEST_F(RedisTierTest, a_server_that_is_away_fails_all_at_once_until_it_is_back) {
    redis->values["a"] = "value";
    EXPECT_EQ(text("a"), "value");
    redis->script = [](const Words&) { return "-LOADING Redis is loading the dataset in memory\r\n"; };
    redis->hang_up();
    EXPECT_EQ(text("a"), "(denied: refuses to work: LOADING Redis is loading the dataset in memory)");
    const auto connections = redis->connections;
    for (int i = 0; i < 100; ++i) {
        EXPECT_EQ(text("a"), "(unavailable: refuses to work: LOADING Redis is loading the dataset in memory)");
        settle(context);
    }
    EXPECT_EQ(redis->connections, connections) << "it is not even tried";

    redis->script = nullptr;
    clock.pass(std::chrono::seconds(1));
    // The first to come only has it tried, and waits for nothing.
    EXPECT_EQ(text("a").rfind("(unavailable: ", 0), 0U);
    const auto patience = soon();
    while (text("a") != "value" && std::chrono::steady_clock::now() < patience) {
        context.run_one();
    }
    EXPECT_EQ(text("a"), "value");
    EXPECT_EQ(redis->connections, connections + 1);
}

TEST_F(RedisTierTest, a_server_that_refuses_connections_is_unavailable) {
    tier();
    redis->close();
    const auto value = get("a");
    ASSERT_FALSE(value);
    EXPECT_EQ(value.error().code, Errc::unavailable) << value.error();
    EXPECT_FALSE(put("a", "value"));
}

TEST_F(RedisTierTest, a_server_that_hangs_costs_the_deadline_and_then_its_connection) {
    options.answer_timeout = std::chrono::milliseconds(300);
    redis->script = [](const Words& words) { return words[0] == "GET" ? std::optional("") : std::nullopt; };
    const auto shortly = std::chrono::steady_clock::now() + std::chrono::milliseconds(20);
    const auto value = run(context, tier().get("a", shortly));
    ASSERT_FALSE(value);
    EXPECT_EQ(value.error().code, Errc::timeout);
    // Whoever waits on is told when the connection is given up.
    EXPECT_EQ(text("b"), "(timeout: timed out while waiting for a reply)");
    EXPECT_EQ(text("c"), "(unavailable: timed out while waiting for a reply)");
}

TEST_F(RedisTierTest, too_many_who_wait_are_refused_at_once) {
    options.queue_limit = 2;
    redis->script = [](const Words& words) { return words[0] == "GET" ? std::optional("") : std::nullopt; };
    std::vector<Running<Result<std::optional<SharedBytes>>>> running;
    for (int i = 0; i < 3; ++i) {
        running.emplace_back(context, tier().get("a", soon()));
    }
    settle(context);
    ASSERT_TRUE(running[2].done());
    EXPECT_EQ(running[2]->error().code, Errc::overloaded);
}

TEST_F(RedisTierTest, all_may_end_while_questions_are_under_way) {
    redis->script = [](const Words&) { return ""; };
    Running<Result<std::optional<SharedBytes>>> getting(context, tier().get("a", soon()));
    Running<Result<void>> putting(context, tier().put("a", copy_of(as_bytes("v")), std::chrono::seconds(1), soon()));
    while (redis->commands.size() < 2) {
        context.run_one();
    }
    EXPECT_FALSE(getting.done());
    EXPECT_FALSE(putting.done());
}

TEST_F(RedisTierTest, a_url_that_is_none_is_refused) {
    options.url = "redis://h:port";
    const auto made = cache::make_redis_tier(options, context.get_executor(), clock);
    ASSERT_FALSE(made);
    EXPECT_EQ(made.error().code, Errc::usage);
}

TEST(RedisTierOverUnixSocket, what_is_put_is_there) {
    boost::asio::io_context context;
    FakeClock clock;
    const auto path = std::filesystem::temp_directory_path() / fmt::format("tapalcatl-redis-{}.sock", ::getpid());
    std::filesystem::remove(path);
    FakeRedis<boost::asio::local::stream_protocol> redis(context, path.string());
    cache::RedisTierOptions options;
    options.url = "unix://" + path.string() + "?db=1";
    const auto tier = cache::make_redis_tier(options, context.get_executor(), clock);
    ASSERT_TRUE(tier) << tier.error();
    const auto soon = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    const auto done = run(context, (*tier)->put("a", copy_of(as_bytes("value")), std::chrono::seconds(9), soon));
    ASSERT_TRUE(done) << done.error();
    const auto value = run(context, (*tier)->get("a", soon));
    ASSERT_TRUE(value) << value.error();
    ASSERT_TRUE(*value);
    EXPECT_EQ(as_text((*value)->view()), "value");
    EXPECT_EQ(redis.commands[0], (std::vector<std::string>{"SELECT", "1"}));
    std::filesystem::remove(path);
}

}  // namespace
}  // namespace tapalcatl::tests
