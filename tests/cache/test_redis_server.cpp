#include "base/text.hpp"
#include "cache/redis_tier.hpp"
#include "cache/tiered_storage.hpp"

#include "tests/net/certificates.hpp"
#include "tests/support/fake_clock.hpp"
#include "tests/support/fake_storage.hpp"
#include "tests/support/run.hpp"
#include "tests/support/scratch_folder.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <chrono>
#include <csignal>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <optional>
#include <sstream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

namespace tapalcatl::tests {

/// A redis-server of this machine, in a folder of its own, on a free loopback port and a Unix socket. It ends with the
/// test, however that ends.
class RedisServer {
 public:
    /// Further lines of its configuration; "{}" stands for its folder.
    explicit RedisServer(std::vector<std::string> configuration = {}, bool is_tls = false);
    RedisServer(const RedisServer&) = delete;
    RedisServer& operator=(const RedisServer&) = delete;
    ~RedisServer();

    /// Whether there is such a program.
    static bool is_installed();

    /// Waits until it answers connections, for at most half a minute.
    bool start();
    void kill();

    std::uint16_t port() const { return port_; }
    const std::filesystem::path& folder() const { return folder_.path(); }
    std::filesystem::path socket() const { return folder() / "redis.sock"; }
    /// What it has to say for itself.
    std::string log() const;

 private:
    ScratchFolder folder_;
    std::vector<std::string> configuration_;
    bool is_tls_;
    std::uint16_t port_ = 0;
    pid_t process_ = -1;
};

namespace {

using boost::asio::ip::tcp;

/// Where PATH has it; empty if it hasn't.
std::string find_program() {
    const char* const variable = std::getenv("PATH");
    std::string_view rest = variable != nullptr ? variable : "";
    while (!rest.empty()) {
        const auto path = fmt::format("{}/redis-server", next_field(rest, ':'));
        if (::access(path.c_str(), X_OK) == 0) {
            return path;
        }
    }
    return "";
}

/// One that nobody uses now. Whoever takes it before the server does makes the server fail, and another is tried.
std::uint16_t free_port() {
    boost::asio::io_context context;
    const tcp::acceptor acceptor(context, tcp::endpoint(boost::asio::ip::address_v4::loopback(), 0));
    return acceptor.local_endpoint().port();
}

}  // namespace

RedisServer::RedisServer(std::vector<std::string> configuration, bool is_tls)
    : configuration_(std::move(configuration)), is_tls_(is_tls) {}

RedisServer::~RedisServer() {
    kill();
}

bool RedisServer::is_installed() {
    return !find_program().empty();
}

bool RedisServer::start() {
    const auto patience = std::chrono::steady_clock::now() + std::chrono::seconds(30);
    while (std::chrono::steady_clock::now() < patience) {
        if (process_ < 0) {
            if (port_ == 0) {
                port_ = free_port();
            }
            std::ofstream file(folder() / "redis.conf");
            file << fmt::format("port {}\ntls-port {}\n", is_tls_ ? 0 : port_, is_tls_ ? port_ : 0)
                 << "bind 127.0.0.1\nsave \"\"\nappendonly no\ndaemonize no\n"
                 << fmt::format("dir {}\nunixsocket {}\nlogfile {}\n", folder().string(), socket().string(),
                                (folder() / "log").string());
            for (const auto& line : configuration_) {
                file << fmt::format(fmt::runtime(line), folder().string()) << '\n';
            }
            file.close();
            const auto program = find_program();
            const auto config = (folder() / "redis.conf").string();
            process_ = ::fork();
            if (process_ == 0) {
                ::prctl(PR_SET_PDEATHSIG, SIGKILL);
                ::execl(program.c_str(), program.c_str(), config.c_str(), static_cast<char*>(nullptr));
                ::_exit(127);
            }
        }
        if (::waitpid(process_, nullptr, WNOHANG) == process_) {
            process_ = -1;
            port_ = 0;
            continue;
        }
        boost::asio::io_context context;
        boost::asio::local::stream_protocol::socket client(context);
        boost::system::error_code error;
        client.connect(socket().string(), error);
        if (!error) {
            return true;
        }
        ::usleep(5000);  // until it listens, of which it tells nobody
    }
    return false;
}

void RedisServer::kill() {
    if (process_ > 0) {
        ::kill(process_, SIGKILL);
        ::waitpid(process_, nullptr, 0);
        process_ = -1;
    }
}

std::string RedisServer::log() const {
    std::ostringstream text;
    text << std::ifstream(folder() / "log").rdbuf();
    return text.str();
}

namespace {

/// The tier against a redis-server, as Debian has it.
class RedisServerTest : public testing::Test {
 protected:
    void SetUp() override {
        if (!RedisServer::is_installed()) {
            GTEST_SKIP() << "there is no redis-server here";
        }
    }

    void TearDown() override { tier.reset(); }

    void serve(std::vector<std::string> configuration = {}, bool is_tls = false) {
        server = std::make_unique<RedisServer>(std::move(configuration), is_tls);
        ASSERT_TRUE(server->start()) << server->log();
    }

    /// "{}" stands for host and port.
    void connect(const std::string& url, Result<std::string> ca_file = fail(Errc::denied, "none")) {
        cache::RedisTierOptions options;
        options.url = fmt::format(fmt::runtime(url), fmt::format("127.0.0.1:{}", server->port()));
        options.ca_file = std::move(ca_file);
        options.connect_timeout = options.answer_timeout = std::chrono::seconds(20);
        auto made = cache::make_redis_tier(options, context.get_executor(), clock);
        ASSERT_TRUE(made) << made.error();
        tier = std::move(*made);
    }

    static SteadyTime soon() { return std::chrono::steady_clock::now() + std::chrono::seconds(20); }

    Result<void> put(const std::string& name, std::string_view value,
                     std::chrono::seconds keep_for = std::chrono::hours(1)) {
        return run(context, tier->put(name, copy_of(as_bytes(value)), keep_for, soon()));
    }

    std::string text(const std::string& name) {
        const auto value = run(context, tier->get(name, soon()));
        if (!value) {
            return fmt::format("({}: {})", name_of(value.error().code), value.error().message);
        }
        return *value ? std::string(as_text((*value)->view())) : "(nothing)";
    }

    void expect_work() {
        EXPECT_EQ(text("a"), "(nothing)");
        const auto done = put("a", "value");
        ASSERT_TRUE(done) << done.error();
        EXPECT_EQ(text("a"), "value");
    }

    std::string write(const std::string& name, const std::string& content) {
        auto path = (server_folder() / name).string();
        std::ofstream(path) << content;
        return path;
    }
    std::filesystem::path server_folder() const { return server->folder(); }

    boost::asio::io_context context;
    FakeClock clock;
    std::unique_ptr<RedisServer> server;
    std::unique_ptr<cache::Tier> tier;
};

TEST_F(RedisServerTest, keeps_values) {
    serve();
    connect("redis://{}");
    expect_work();
}

TEST_F(RedisServerTest, keeps_any_bytes_of_any_size) {
    serve();
    connect("redis://{}");
    std::string value;
    for (int i = 0; i < 256; ++i) {
        value += static_cast<char>(i);
    }
    for (const std::size_t times : {0U, 1U, 300U, 20'000U}) {
        std::string whole;
        for (std::size_t i = 0; i < times; ++i) {
            whole += value;
        }
        const auto done = put("a\r\n b", whole);
        ASSERT_TRUE(done) << done.error();
        EXPECT_TRUE(text("a\r\n b") == whole) << times;
    }
}

TEST_F(RedisServerTest, is_reached_over_a_unix_socket) {
    serve();
    connect("unix://" + server->socket().string() + "?db=1");
    expect_work();
    connect("unix://" + server->socket().string());
    EXPECT_EQ(text("a"), "(nothing)") << "databases are apart";
}

TEST_F(RedisServerTest, wants_its_password) {
    serve({"requirepass pa:ss@1"});
    connect("redis://:pa%3Ass%401@{}/2");
    expect_work();
    connect("redis://{}");
    EXPECT_EQ(text("a"), "(denied: refuses to work: NOAUTH Authentication required.)");
    connect("redis://:pass@{}");
    EXPECT_EQ(text("a"), "(denied: refuses user or password: WRONGPASS)");
}

TEST_F(RedisServerTest, knows_users_that_may_only_get_and_set) {
    serve({"user tiles on >secret ~* -@all +get +set +select"});
    connect("redis://tiles:secret@{}/1");
    expect_work();
    connect("redis://others:secret@{}");
    EXPECT_EQ(text("a"), "(denied: refuses user or password: WRONGPASS)");
}

TEST_F(RedisServerTest, refuses_databases_that_it_has_not) {
    serve({"databases 4"});
    connect("redis://{}/4");
    EXPECT_EQ(text("a"), "(denied: refuses database 4: ERR DB index is out of range)");
}

TEST_F(RedisServerTest, forgets_when_the_time_is_over) {
    serve();
    connect("redis://{}");
    ASSERT_TRUE(put("a", "value", std::chrono::seconds(1)));
    ASSERT_TRUE(put("b", "value", std::chrono::hours(1'000'000'000)));
    const auto patience = soon();
    while (text("a") == "value" && std::chrono::steady_clock::now() < patience) {
    }
    EXPECT_EQ(text("a"), "(nothing)");
    EXPECT_EQ(text("b"), "value");
}

TEST_F(RedisServerTest, says_when_its_memory_is_full) {
    serve({"maxmemory 1mb", "maxmemory-policy noeviction"});
    connect("redis://{}");
    put("a", std::string(2'000'000, 'v'));
    const auto again = put("b", "value");
    ASSERT_FALSE(again);
    EXPECT_EQ(again.error().code, Errc::unavailable);
    EXPECT_NE(again.error().message.find("OOM"), std::string::npos) << again.error();
}

TEST_F(RedisServerTest, is_found_again_after_it_was_killed) {
    serve();
    connect("redis://{}");
    expect_work();
    server->kill();
    EXPECT_EQ(text("a").rfind("(unavailable: ", 0), 0U);
    ASSERT_TRUE(server->start()) << server->log();
    const auto patience = soon();
    do {
        clock.pass(std::chrono::seconds(30));
        context.poll();
    } while (text("a") != "(nothing)" && std::chrono::steady_clock::now() < patience);
    clock.pass(std::chrono::seconds(30));
    EXPECT_EQ(text("a"), "(nothing)");
}

TEST_F(RedisServerTest, speaks_tls_to_those_who_know_its_authority) {
    const Authority authority;
    const auto certificate = authority.issue("IP:127.0.0.1");
    server =
        std::make_unique<RedisServer>(std::vector<std::string>{"tls-cert-file {}/cert.pem", "tls-key-file {}/key.pem",
                                                               "tls-auth-clients no", "requirepass secret"},
                                      true);
    write("cert.pem", certificate.chain);
    write("key.pem", certificate.key);
    const auto ca_file = write("ca.pem", authority.pem());
    if (!server->start()) {
        GTEST_SKIP() << "this redis-server has no TLS: " << server->log();
    }
    connect("rediss://:secret@{}", ca_file);
    expect_work();
    connect("rediss://:secret@{}?ssl_ca_certs=" + ca_file);
    EXPECT_EQ(text("a"), "value");

    const Authority other;
    connect("rediss://:secret@{}", write("other.pem", other.pem()));
    EXPECT_EQ(text("a").rfind("(denied: its certificate is not accepted", 0), 0U) << text("a");
    connect("rediss://:secret@{}");
    EXPECT_EQ(text("a"), "(denied: none)");
    connect("rediss://:secret@{}?ssl_cert_reqs=none");
    EXPECT_EQ(text("a"), "value");
}

TEST_F(RedisServerTest, answers_in_front_of_a_storage_after_a_restart) {
    serve();
    for (const std::uint64_t restarts : {0U, 1U}) {
        connect("redis://{}");
        auto inner = std::make_unique<FakeStorage>();
        const auto& origin = *inner;
        const auto content = as_bytes("what the storage has");
        inner->put("key", {content.begin(), content.end()});
        cache::TieredOptions options;
        options.prefix = "flask_cache_";
        options.budget = std::chrono::seconds(20);
        const auto tiered =
            cache::make_tiered_storage(std::move(inner), std::move(tier), options, context.get_executor(), clock);
        const auto got = run(context, tiered->read("key", storage::Suffix{3}, {}, soon()));
        ASSERT_TRUE(got) << got.error();
        EXPECT_EQ(as_text(got->bytes.view()), "has");
        EXPECT_EQ(origin.reads().size(), 1 - restarts);
        EXPECT_EQ(tiered->counters().hits, restarts);
        context.restart();
        while (tiered->counters().puts < origin.reads().size() && context.run_one() != 0) {
        }
    }
}

}  // namespace

}  // namespace tapalcatl::tests
