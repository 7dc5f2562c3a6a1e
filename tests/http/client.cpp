#include "tests/http/client.hpp"

#include "base/text.hpp"

#include <fmt/format.h>

#include <array>
#include <cerrno>
#include <stdexcept>
#include <system_error>
#include <utility>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace tapalcatl::tests {
namespace {

constexpr int patience_s = 8;

[[noreturn]] void give_up(const char* doing) {
    throw std::system_error(errno, std::system_category(), doing);
}

}  // namespace

std::string Reply::header(std::string_view name) const {
    std::string_view rest = head;
    while (!rest.empty()) {
        const auto line = rest.substr(0, rest.find("\r\n"));
        rest.remove_prefix(std::min(line.size() + 2, rest.size()));
        const auto colon = line.find(':');
        if (colon != std::string_view::npos && iequals(line.substr(0, colon), name)) {
            return std::string(trim(line.substr(colon + 1)));
        }
    }
    return "-";
}

Client::Client(std::uint16_t port, std::string_view address, int receive_buffer) {
    const bool is_v6 = address.find(':') != std::string_view::npos;
    fd_ = ::socket(is_v6 ? AF_INET6 : AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd_ < 0) {
        give_up("socket");
    }
    if (receive_buffer != 0) {
        ::setsockopt(fd_, SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof receive_buffer);
    }
    const timeval patience{patience_s, 0};
    ::setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    ::setsockopt(fd_, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
    const int one = 1;
    ::setsockopt(fd_, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    sockaddr_in v4{};
    sockaddr_in6 v6{};
    v4.sin_family = AF_INET;
    v6.sin6_family = AF_INET6;
    v4.sin_port = v6.sin6_port = htons(port);
    ::inet_pton(is_v6 ? AF_INET6 : AF_INET, std::string(address).c_str(),
                is_v6 ? static_cast<void*>(&v6.sin6_addr) : static_cast<void*>(&v4.sin_addr));
    const auto* to = is_v6 ? reinterpret_cast<const sockaddr*>(&v6) : reinterpret_cast<const sockaddr*>(&v4);
    if (::connect(fd_, to, is_v6 ? sizeof v6 : sizeof v4) != 0) {
        const int error = errno;
        ::close(fd_);
        errno = error;
        give_up("connect");
    }
}

Client::Client(Client&& other) noexcept : fd_(std::exchange(other.fd_, -1)), received_(std::move(other.received_)) {}

Client::~Client() {
    if (fd_ >= 0) {
        ::close(fd_);
    }
}

void Client::send(std::string_view bytes) const {
    while (!bytes.empty()) {
        const auto sent = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (sent < 0) {
            give_up("send");
        }
        bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
}

void Client::end_sending() const {
    ::shutdown(fd_, SHUT_WR);
}

void Client::reset() {
    const linger at_once{1, 0};
    ::setsockopt(fd_, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    ::close(std::exchange(fd_, -1));
}

bool Client::receive_more() {
    std::array<char, 64 * 1024> buffer{};
    const auto got = ::recv(fd_, buffer.data(), buffer.size(), 0);
    if (got < 0) {
        give_up("nothing came");
    }
    received_.append(buffer.data(), static_cast<std::size_t>(got));
    return got > 0;
}

Reply Client::reply(bool without_body) {
    std::size_t end = received_.find("\r\n\r\n");
    while (end == std::string::npos) {
        if (!receive_more()) {
            throw std::runtime_error(fmt::format("the answer ended after '{}'", printable(received_)));
        }
        end = received_.find("\r\n\r\n");
    }
    Reply reply;
    reply.head = received_.substr(0, end + 2);
    received_.erase(0, end + 4);
    const auto status = parse_number(std::string_view(reply.head).substr(9, 3));
    if (!reply.head.starts_with("HTTP/1.1 ") || !status) {
        throw std::runtime_error(fmt::format("no status line: '{}'", printable(reply.head)));
    }
    reply.status = static_cast<unsigned>(*status);
    const auto length = parse_number(reply.header("Content-Length"));
    const auto size = without_body || !length ? 0 : static_cast<std::size_t>(*length);
    while (received_.size() < size) {
        if (!receive_more()) {
            throw std::runtime_error(fmt::format("{} of {} bytes came", received_.size(), size));
        }
    }
    reply.body = received_.substr(0, size);
    received_.erase(0, size);
    return reply;
}

Reply Client::get(std::string_view path, std::string_view headers) {
    send(get_request(path, headers));
    return reply();
}

std::string Client::receive(std::size_t size) {
    if (received_.empty()) {
        received_.resize(size);
        const auto got = ::recv(fd_, received_.data(), size, 0);
        if (got < 0) {
            give_up("nothing came");
        }
        received_.resize(static_cast<std::size_t>(got));
    }
    auto part = received_.substr(0, size);
    received_.erase(0, size);
    return part;
}

std::string Client::rest() {
    while (receive_more()) {
    }
    return std::exchange(received_, {});
}

bool Client::has_news() const {
    pollfd asked{fd_, POLLIN, 0};
    return !received_.empty() || ::poll(&asked, 1, 0) == 1;
}

std::string get_request(std::string_view path, std::string_view headers) {
    return fmt::format("GET {} HTTP/1.1\r\nHost: a.example\r\n{}\r\n", path, headers);
}

}  // namespace tapalcatl::tests
