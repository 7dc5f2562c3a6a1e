#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace tapalcatl::tests {

/// An answer, as it came over the wire.
struct Reply {
    unsigned status = 0;
    std::string head;  ///< status line and headers
    std::string body;

    /// The value of the first header of that name, "-" where there is none.
    std::string header(std::string_view name) const;
};

/// A client's end of a connection, on loopback. Each wait ends with an exception after some seconds.
class Client {
 public:
    /// `receive_buffer` in bytes; 0 leaves it to the system.
    explicit Client(std::uint16_t port, std::string_view address = "127.0.0.1", int receive_buffer = 0);
    Client(Client&& other) noexcept;
    Client& operator=(Client&&) = delete;
    ~Client();

    void send(std::string_view bytes) const;
    void end_sending() const;
    /// Closes with a reset instead of politely.
    void reset();

    /// The next answer. `without_body`: it is one to HEAD.
    Reply reply(bool without_body = false);

    /// Sends a GET for `path` and reads the answer. `headers` end with "\r\n" each.
    Reply get(std::string_view path, std::string_view headers = {});

    /// Up to `size` bytes; empty at the end.
    std::string receive(std::size_t size);

    /// All that comes until the server closes.
    std::string rest();

    /// Waits for the server to close, which it must do without another byte.
    bool ends() { return rest().empty(); }

    /// Whether bytes, or the end, can be read now.
    bool has_news() const;

    int fd() const { return fd_; }

 private:
    bool receive_more();

    int fd_;
    std::string received_;
};

/// "GET path HTTP/1.1" with a Host; `headers` end with "\r\n" each.
std::string get_request(std::string_view path, std::string_view headers = {});

}  // namespace tapalcatl::tests
