#include "tests/cache/redis_server.hpp"

#include "base/text.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <fmt/format.h>

#include <csignal>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <string_view>
#include <utility>

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

namespace tapalcatl::tests {
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
    : configuration_(std::move(configuration)), is_tls_(is_tls) {
    auto name = (std::filesystem::temp_directory_path() / "tapalcatl-redis-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) {
        throw std::runtime_error("no temporary folder");
    }
    folder_ = name;
}

RedisServer::~RedisServer() {
    kill();
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
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
            std::ofstream file(folder_ / "redis.conf");
            file << fmt::format("port {}\ntls-port {}\n", is_tls_ ? 0 : port_, is_tls_ ? port_ : 0)
                 << "bind 127.0.0.1\nsave \"\"\nappendonly no\ndaemonize no\n"
                 << fmt::format("dir {}\nunixsocket {}\nlogfile {}\n", folder_.string(), socket().string(),
                                (folder_ / "log").string());
            for (const auto& line : configuration_) {
                file << fmt::format(fmt::runtime(line), folder_.string()) << '\n';
            }
            file.close();
            const auto program = find_program();
            const auto config = (folder_ / "redis.conf").string();
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
    text << std::ifstream(folder_ / "log").rdbuf();
    return text.str();
}

}  // namespace tapalcatl::tests
