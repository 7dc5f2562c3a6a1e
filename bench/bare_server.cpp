// Answers GET requests for a fixed list of files, with as little work as HTTP/1.1 and Linux allow: one thread, one
// epoll loop, heads that are made beforehand, bodies that the kernel sends out of a memfd. bench/hot.py measures it as
// the lower limit of what a request costs. It trusts its clients, and they may not pipeline.
//
//     bare_server ROOT PATHS [VARIANT]     PATHS: a file with one URL path a line, whose body is the file ROOT/path.gz
//
// A variant shows what a way of the kernel gives (bench/variants.py): busy-poll (SO_BUSY_POLL), copy (sendmsg in place
// of sendfile), zerocopy (MSG_ZEROCOPY in place of sendfile), io-uring (recv and sendmsg by io_uring, no epoll).

#include <algorithm>
#include <array>
#include <atomic>
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
#include <linux/io_uring.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
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

struct Bodies {
    int file = -1;
    char* start = nullptr;  ///< null: they are sent by sendfile
    int flags = 0;          ///< of send(2)
};

/// Takes the notes that the kernel does not need memory any more which MSG_ZEROCOPY lent it.
void take_notes(int fd) {
    std::array<char, 128> control{};
    for (;;) {
        msghdr message{};
        message.msg_control = control.data();
        message.msg_controllen = control.size();
        if (recvmsg(fd, &message, MSG_ERRQUEUE) < 0) {
            return;
        }
    }
}

/// Sends what the socket takes out of memory. Whether the connection is still of use.
bool send_from_memory(int fd, Connection& connection, const Bodies& bodies) {
    std::array<iovec, 2> parts{{{const_cast<char*>(connection.head.data()), connection.head.size()},
                                {bodies.start + connection.offset, connection.left}}};
    msghdr message{};
    message.msg_iov = parts.data();
    message.msg_iovlen = parts.size();
    const auto sent = sendmsg(fd, &message, bodies.flags);
    if (sent < 0) {
        return errno == EAGAIN || errno == ENOBUFS;
    }
    const auto of_head = std::min(static_cast<std::size_t>(sent), connection.head.size());
    connection.head.remove_prefix(of_head);
    connection.offset += sent - static_cast<off_t>(of_head);
    connection.left -= static_cast<std::size_t>(sent) - of_head;
    return true;
}

/// Sends what the socket takes. Whether the connection is still of use.
bool send_rest(int fd, Connection& connection, const Bodies& bodies) {
    if (bodies.start != nullptr) {
        return send_from_memory(fd, connection, bodies);
    }
    while (!connection.head.empty()) {
        const auto sent = send(fd, connection.head.data(), connection.head.size(), MSG_MORE);
        if (sent < 0) {
            return errno == EAGAIN;
        }
        connection.head.remove_prefix(static_cast<std::size_t>(sent));
    }
    while (connection.left > 0) {
        const auto sent = sendfile(fd, bodies.file, &connection.offset, connection.left);
        if (sent <= 0) {
            return sent < 0 && errno == EAGAIN;
        }
        connection.left -= static_cast<std::size_t>(sent);
    }
    return true;
}

/// Goes on with an answer, or reads a request and begins its answer. Whether the connection is still of use.
bool serve(int fd, Connection& connection, const std::unordered_map<std::string_view, const Answer*>& answers,
           const Bodies& bodies) {
    if ((bodies.flags & MSG_ZEROCOPY) != 0) {
        take_notes(fd);
    }
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

/// A ring of io_uring, by its bare system calls.
class Ring {
 public:
    Ring() {
        io_uring_params params{};
        fd_ = static_cast<int>(syscall(__NR_io_uring_setup, 4096, &params));
        if (fd_ < 0) {
            die("io_uring_setup");
        }
        const auto size = std::max(params.sq_off.array + params.sq_entries * sizeof(unsigned),
                                   params.cq_off.cqes + params.cq_entries * sizeof(io_uring_cqe));
        auto* const rings = static_cast<char*>(mapped(size, IORING_OFF_SQ_RING));
        submissions_ = static_cast<io_uring_sqe*>(mapped(params.sq_entries * sizeof(io_uring_sqe), IORING_OFF_SQES));
        sq_tail_ = reinterpret_cast<unsigned*>(rings + params.sq_off.tail);
        sq_mask_ = *reinterpret_cast<unsigned*>(rings + params.sq_off.ring_mask);
        sq_array_ = reinterpret_cast<unsigned*>(rings + params.sq_off.array);
        cq_head_ = reinterpret_cast<unsigned*>(rings + params.cq_off.head);
        cq_tail_ = reinterpret_cast<unsigned*>(rings + params.cq_off.tail);
        cq_mask_ = *reinterpret_cast<unsigned*>(rings + params.cq_off.ring_mask);
        completions_ = reinterpret_cast<io_uring_cqe*>(rings + params.cq_off.cqes);
    }

    /// A submission to be filled.
    io_uring_sqe& add(std::uint8_t operation, int fd, std::uint64_t user_data) {
        if (waiting_ > sq_mask_) {
            enter(0);
        }
        const auto tail = *sq_tail_;
        auto& entry = submissions_[tail & sq_mask_];
        entry = {};
        entry.opcode = operation;
        entry.fd = fd;
        entry.user_data = user_data;
        sq_array_[tail & sq_mask_] = tail & sq_mask_;
        std::atomic_ref(*sq_tail_).store(tail + 1, std::memory_order_release);
        ++waiting_;
        return entry;
    }

    /// Submits, waits, and calls `use` with each completion.
    template <class Use>
    void run_once(Use use) {
        enter(1);
        auto head = *cq_head_;
        while (head != std::atomic_ref(*cq_tail_).load(std::memory_order_acquire)) {
            const auto completion = completions_[head & cq_mask_];
            std::atomic_ref(*cq_head_).store(++head, std::memory_order_release);
            use(completion.user_data, completion.res);
        }
    }

 private:
    void* mapped(std::size_t size, off_t offset) const {
        void* const place = mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, fd_, offset);
        if (place == MAP_FAILED) {
            die("mmap of a ring");
        }
        return place;
    }

    void enter(unsigned least) {
        const auto done =
            syscall(__NR_io_uring_enter, fd_, waiting_, least, least > 0 ? IORING_ENTER_GETEVENTS : 0, nullptr, 0);
        if (done < 0 && errno != EINTR) {
            die("io_uring_enter");
        }
        waiting_ -= static_cast<unsigned>(std::max(done, 0L));
    }

    int fd_;
    unsigned waiting_ = 0;
    io_uring_sqe* submissions_;
    unsigned *sq_tail_, *sq_array_, *cq_head_, *cq_tail_;
    unsigned sq_mask_, cq_mask_;
    io_uring_cqe* completions_;
};

struct RingConnection {
    std::array<char, 4096> buffer;
    std::size_t size = 0;
    std::array<iovec, 2> parts;
    msghdr message;
    std::size_t total = 0;
};

[[noreturn]] void serve_by_ring(int listener, const std::unordered_map<std::string_view, const Answer*>& answers,
                                const Bodies& bodies) {
    constexpr std::uint64_t accepting = 0, receiving = 1, sending = 2;
    Ring ring;
    std::unordered_map<int, RingConnection> connections;
    const auto receive = [&](int fd, RingConnection& connection) {
        auto& entry = ring.add(IORING_OP_RECV, fd, static_cast<std::uint64_t>(fd) << 2 | receiving);
        entry.addr = reinterpret_cast<std::uint64_t>(connection.buffer.data() + connection.size);
        entry.len = static_cast<unsigned>(connection.buffer.size() - connection.size);
    };
    ring.add(IORING_OP_ACCEPT, listener, accepting).ioprio = IORING_ACCEPT_MULTISHOT;
    const auto use = [&](std::uint64_t user_data, int result) {
        const auto kind = user_data & 3;
        const int fd = kind == accepting ? result : static_cast<int>(user_data >> 2);
        if (fd < 0) {
            die("accept");
        }
        if (kind == accepting) {
            const int on = 1;
            setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
            connections[fd].size = 0;
            receive(fd, connections[fd]);
            return;
        }
        auto& connection = connections[fd];
        const bool is_short = kind == sending && static_cast<std::size_t>(std::max(result, 0)) < connection.total;
        if (result <= 0 || is_short) {
            close(fd);
            return;
        }
        if (kind == sending) {
            connection.size = 0;
            receive(fd, connection);
            return;
        }
        connection.size += static_cast<std::size_t>(result);
        const std::string_view request(connection.buffer.data(), connection.size);
        if (!request.ends_with("\r\n\r\n")) {
            receive(fd, connection);
            return;
        }
        const auto found = answers.find(request.substr(4, request.find(' ', 4) - 4));
        if (found == answers.end()) {
            close(fd);
            return;
        }
        const auto& answer = *found->second;
        connection.parts = {
            {{const_cast<char*>(answer.head.data()), answer.head.size()}, {bodies.start + answer.offset, answer.size}}};
        connection.message = {};
        connection.message.msg_iov = connection.parts.data();
        connection.message.msg_iovlen = connection.parts.size();
        connection.total = answer.head.size() + answer.size;
        auto& entry = ring.add(IORING_OP_SENDMSG, fd, static_cast<std::uint64_t>(fd) << 2 | sending);
        entry.addr = reinterpret_cast<std::uint64_t>(&connection.message);
        entry.len = 1;
        entry.msg_flags = MSG_WAITALL | MSG_NOSIGNAL;
    };
    for (;;) {
        ring.run_once(use);
    }
}

}  // namespace

int main(int argc, char** argv) {
    const std::string_view variant = argc == 4 ? argv[3] : "";
    const std::array<std::string_view, 5> variants{"", "busy-poll", "copy", "zerocopy", "io-uring"};
    if (argc < 3 || argc > 4 || std::find(variants.begin(), variants.end(), variant) == variants.end()) {
        std::cerr << "Usage: bare_server ROOT PATHS [busy-poll|copy|zerocopy|io-uring]\n";
        return 2;
    }
    std::signal(SIGPIPE, SIG_IGN);
    Bodies bodies{memfd_create("bodies", 0)};
    const auto prepared = prepare(argv[1], argv[2], bodies.file);
    if (variant == "copy" || variant == "zerocopy" || variant == "io-uring") {
        const auto size = static_cast<std::size_t>(lseek(bodies.file, 0, SEEK_END));
        void* const place = mmap(nullptr, size, PROT_READ, MAP_SHARED | MAP_POPULATE, bodies.file, 0);
        if (place == MAP_FAILED) {
            die("mmap");
        }
        bodies.start = static_cast<char*>(place);
        bodies.flags = variant == "zerocopy" ? MSG_ZEROCOPY : 0;
    }
    std::unordered_map<std::string_view, const Answer*> answers;
    for (const auto& answer : prepared) {
        answers[answer.path] = &answer;
    }
    const int listener = listen_on_any_port();
    if (variant == "io-uring") {
        serve_by_ring(listener, answers, bodies);
    }
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
                const int busy_poll_us = 50;
                if ((variant == "busy-poll" &&
                     setsockopt(client, SOL_SOCKET, SO_BUSY_POLL, &busy_poll_us, sizeof busy_poll_us) < 0) ||
                    (variant == "zerocopy" && setsockopt(client, SOL_SOCKET, SO_ZEROCOPY, &on, sizeof on) < 0)) {
                    die("setsockopt");
                }
                connections.resize(std::max(connections.size(), static_cast<std::size_t>(client) + 1));
                connections[static_cast<std::size_t>(client)] = {};
                watch(epoll, client, EPOLLIN | EPOLLOUT | EPOLLET);
            }
        }
    }
}
