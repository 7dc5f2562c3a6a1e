// Answers GET requests for a fixed list of files, with as little work as HTTP/1.1 and Linux allow: one thread, one
// epoll loop, heads that are made beforehand, bodies that the kernel sends out of a memfd. bench/hot.py measures it as
// the lower limit of what a request costs. It trusts its clients, and they may not pipeline.
//
//     bare_server ROOT PATHS     PATHS: a file with one URL path a line, whose body is the file ROOT/path.gz

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <fstream>
#include <iostream>
#include <iterator>
#include <list>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <unistd.h>

namespace {

struct Answer {
    std::string path;
    std::string head;
    off_t offset = 0;  ///< of the body, in the memfd
    std::size_t size = 0;
};

/// A connection: what came of a request, and what is left to send of its answer.
struct Connection {
    std::string received;
    std::string_view head;
    off_t offset = 0;
    std::size_t left = 0;
};

/// What tapalcatl sends of a tile, too.
constexpr auto headers =
    "\r\nETag: \"31729ddf-e301-g\"\r\nCache-Control: public, max-age=1200, s-maxage=600\r\nVary: Accept-Encoding\r\n"
    "Access-Control-Allow-Origin: *\r\nAccess-Control-Expose-Headers: ETag\r\n"
    "Last-Modified: Mon, 23 Nov 2026 03:39:25 GMT\r\nContent-Type: application/x-protobuf\r\nAccept-Ranges: none\r\n"
    "Content-Encoding: gzip\r\nContent-Length: ";

[[noreturn]] void die(const char* what) {
    std::perror(what);
    std::exit(1);
}

std::string date_of_now() {
    std::array<char, 64> text{};
    const std::time_t now = std::time(nullptr);
    return {text.data(), std::strftime(text.data(), text.size(), "%a, %d %b %Y %H:%M:%S GMT", std::gmtime(&now))};
}

/// Writes the bodies into the memfd, and makes the heads.
std::list<Answer> prepare(const std::string& root, const char* paths, int bodies) {
    const auto date = date_of_now();
    std::list<Answer> answers;
    std::ifstream lines(paths);
    off_t offset = 0;
    for (std::string path; std::getline(lines, path);) {
        std::ifstream file(root + path + ".gz", std::ios::binary);
        const std::string body{std::istreambuf_iterator<char>(file), {}};
        if (!file || write(bodies, body.data(), body.size()) != static_cast<ssize_t>(body.size())) {
            die(path.c_str());
        }
        const auto head = "HTTP/1.1 200 OK\r\nDate: " + date + headers + std::to_string(body.size()) + "\r\n\r\n";
        answers.push_back({path, head, offset, body.size()});
        offset += static_cast<off_t>(body.size());
    }
    return answers;
}

/// Sends what the socket takes. Whether the connection is still of use.
bool send_rest(int fd, Connection& connection, int bodies) {
    while (!connection.head.empty()) {
        const auto sent = send(fd, connection.head.data(), connection.head.size(), MSG_MORE);
        if (sent < 0) {
            return errno == EAGAIN;
        }
        connection.head.remove_prefix(static_cast<std::size_t>(sent));
    }
    while (connection.left > 0) {
        const auto sent = sendfile(fd, bodies, &connection.offset, connection.left);
        if (sent <= 0) {
            return sent < 0 && errno == EAGAIN;
        }
        connection.left -= static_cast<std::size_t>(sent);
    }
    return true;
}

/// Goes on with an answer, or reads a request and begins its answer. Whether the connection is still of use.
bool serve(int fd, Connection& connection, const std::unordered_map<std::string_view, const Answer*>& answers,
           int bodies) {
    if (!connection.head.empty() || connection.left > 0) {
        return send_rest(fd, connection, bodies);
    }
    std::array<char, 4096> buffer;
    const auto size = recv(fd, buffer.data(), buffer.size(), 0);
    if (size <= 0) {
        return size < 0 && errno == EAGAIN;
    }
    auto& request = connection.received.append(buffer.data(), static_cast<std::size_t>(size));
    if (!request.ends_with("\r\n\r\n")) {
        return true;
    }
    const auto found = answers.find(std::string_view(request).substr(4, request.find(' ', 4) - 4));
    request.clear();
    if (found == answers.end()) {
        return false;
    }
    connection.head = found->second->head;
    connection.offset = found->second->offset;
    connection.left = found->second->size;
    return send_rest(fd, connection, bodies);
}

int listen_on_any_port() {
    const int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    auto* const generic = reinterpret_cast<sockaddr*>(&address);
    if (bind(fd, generic, size) < 0 || listen(fd, 1024) < 0 || getsockname(fd, generic, &size) < 0) {
        die("listen");
    }
    std::cerr << "bare_server serves at http://127.0.0.1:" << ntohs(address.sin_port) << "/" << std::endl;
    return fd;
}

/// Edge-triggered: an event comes when there is more to read, or room again to send, and needs no further system call.
void watch(int epoll, int fd, std::uint32_t events) {
    epoll_event event{};
    event.events = events;
    event.data.fd = fd;
    if (epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event) < 0) {
        die("epoll_ctl");
    }
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 3) {
        std::cerr << "Usage: bare_server ROOT PATHS\n";
        return 2;
    }
    std::signal(SIGPIPE, SIG_IGN);
    const int bodies = memfd_create("bodies", 0);
    const auto prepared = prepare(argv[1], argv[2], bodies);
    std::unordered_map<std::string_view, const Answer*> answers;
    for (const auto& answer : prepared) {
        answers[answer.path] = &answer;
    }
    const int listener = listen_on_any_port();
    const int epoll = epoll_create1(0);
    watch(epoll, listener, EPOLLIN);
    std::vector<Connection> connections;  // by file descriptor
    for (std::array<epoll_event, 64> events;;) {
        const int count = epoll_wait(epoll, events.data(), static_cast<int>(events.size()), -1);
        for (int i = 0; i < count; ++i) {
            const int fd = events[static_cast<std::size_t>(i)].data.fd;
            if (fd != listener) {
                if (!serve(fd, connections[static_cast<std::size_t>(fd)], answers, bodies)) {
                    close(fd);
                }
                continue;
            }
            for (int client; (client = accept4(listener, nullptr, nullptr, SOCK_NONBLOCK)) >= 0;) {
                const int on = 1;
                setsockopt(client, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
                connections.resize(std::max(connections.size(), static_cast<std::size_t>(client) + 1));
                connections[static_cast<std::size_t>(client)] = {};
                watch(epoll, client, EPOLLIN | EPOLLOUT | EPOLLET);
            }
        }
    }
}
