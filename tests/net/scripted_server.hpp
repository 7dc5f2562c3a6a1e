#pragma once

#include "base/awaitable.hpp"

#include "tests/net/certificates.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace tapalcatl::tests {

/// What a server does with one request.
struct Reply {
    enum class Then {
        go_on,
        close,   ///< with TLS's farewell, if it is TLS
        vanish,  ///< without it
        reset,
        hold,  ///< nothing more comes, and the connection stays
    };

    std::string bytes;
    Then then = Then::go_on;
};

/// An answer of 200 with `body`.
std::string ok(const std::string& body);

struct ServerOptions {
    std::optional<Certificate> certificate;        ///< then it speaks TLS
    std::optional<std::string> answer_to_connect;  ///< then it is a proxy first, in clear text
    std::optional<unsigned> record_size;           ///< bytes in a record of TLS, at least 512
    bool accepts = true;                           ///< else TLS handshakes get no answer
};

/// A server on a loopback port that follows a script, on the context of its client. Lifetime: until that runs no more.
class ScriptedServer {
 public:
    /// The replies to a connection's requests, one after the other; the last is repeated.
    using Script = std::vector<Reply>;

    /// One script a connection; the last is repeated.
    ScriptedServer(boost::asio::io_context& context, std::vector<Script> scripts, ServerOptions options = {});
    ScriptedServer(const ScriptedServer&) = delete;
    ScriptedServer& operator=(const ScriptedServer&) = delete;

    std::uint16_t port() const { return acceptor_.local_endpoint().port(); }

    std::size_t connections = 0;
    std::size_t resumed = 0;                ///< of these, those that resumed a TLS session
    std::vector<std::string> requests;      ///< as they came, bodies included
    std::vector<std::string> server_names;  ///< as TLS clients said it, one each connection
    std::vector<std::string> protocols;     ///< as agreed upon by TLS

 private:
    using Socket = boost::asio::ip::tcp::socket;

    Awaitable<void> accept();
    Awaitable<void> greet(Socket socket, const Script* script);
    template <class Stream>
    Awaitable<void> serve(Stream& stream, const Script* script);
    template <class Stream>
    Awaitable<bool> read_request(Stream& stream, std::string* held);

    boost::asio::io_context& context_;
    std::vector<Script> scripts_;
    ServerOptions options_;
    boost::asio::ip::tcp::acceptor acceptor_;
    std::optional<boost::asio::ssl::context> tls_;
};

}  // namespace tapalcatl::tests
