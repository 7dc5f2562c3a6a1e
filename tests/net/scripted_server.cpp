#include "tests/net/scripted_server.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <fmt/format.h>
#include <openssl/ssl.h>

#include <algorithm>
#include <array>
#include <cstdlib>

namespace tapalcatl::tests {

namespace asio = boost::asio;
namespace ssl = asio::ssl;
using asio::ip::tcp;

namespace {

constexpr auto as_result = asio::as_tuple(asio::use_awaitable);

int choose_protocol(SSL* /*ssl*/, const unsigned char** out, unsigned char* out_size, const unsigned char* in,
                    unsigned in_size, void* /*context*/) {
    static constexpr std::array<unsigned char, 12> spoken{2, 'h', '2', 8, 'h', 't', 't', 'p', '/', '1', '.', '1'};
    unsigned char* chosen = nullptr;
    if (SSL_select_next_proto(&chosen, out_size, spoken.data(), spoken.size(), in, in_size) != OPENSSL_NPN_NEGOTIATED) {
        return SSL_TLSEXT_ERR_NOACK;
    }
    *out = chosen;
    return SSL_TLSEXT_ERR_OK;
}

/// How long the body is that follows `head`.
std::size_t length_of(const std::string& head) {
    constexpr std::string_view name = "Content-Length: ";
    const auto found = head.find(name);
    return found == std::string::npos ? 0 : std::strtoul(head.c_str() + found + name.size(), nullptr, 10);
}

/// The size of the request at the start of `held`, or nullopt if it is not there as a whole.
std::optional<std::size_t> size_of_request(const std::string& held) {
    const auto end = held.find("\r\n\r\n");
    if (end == std::string::npos) {
        return std::nullopt;
    }
    const auto head = held.substr(0, end);
    constexpr std::string_view last_chunk = "\r\n0\r\n\r\n";
    if (head.find("Transfer-Encoding: chunked") != std::string::npos) {
        const auto last = held.find(last_chunk, end + 2);
        return last == std::string::npos ? std::nullopt : std::optional(last + last_chunk.size());
    }
    const auto size = end + 4 + length_of(head);
    return held.size() < size ? std::nullopt : std::optional(size);
}

Awaitable<void> say_farewell(tcp::socket& /*socket*/) {
    co_return;
}
Awaitable<void> say_farewell(ssl::stream<tcp::socket>& stream) {
    co_await stream.async_shutdown(as_result);
}

}  // namespace

std::string ok(const std::string& body) {
    return fmt::format("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{}", body.size(), body);
}

ScriptedServer::ScriptedServer(asio::io_context& context, std::vector<Script> scripts, ServerOptions options)
    : context_(context),
      scripts_(std::move(scripts)),
      options_(std::move(options)),
      acceptor_(context, tcp::endpoint(asio::ip::address_v4::loopback(), 0)) {
    if (options_.certificate) {
        tls_.emplace(ssl::context::tls_server);
        tls_->use_certificate_chain(asio::buffer(options_.certificate->chain));
        tls_->use_private_key(asio::buffer(options_.certificate->key), ssl::context::pem);
        if (options_.record_size) {
            SSL_CTX_set_max_send_fragment(tls_->native_handle(), *options_.record_size);
        }
        SSL_CTX_set_alpn_select_cb(tls_->native_handle(), &choose_protocol, nullptr);
    }
    asio::co_spawn(context_, accept(), asio::detached);
}

Awaitable<void> ScriptedServer::accept() {
    for (;;) {
        auto [error, socket] = co_await acceptor_.async_accept(as_result);
        if (error) {
            co_return;
        }
        const auto* const script = &scripts_[std::min(connections, scripts_.size() - 1)];
        ++connections;
        asio::co_spawn(context_, greet(std::move(socket), script), asio::detached);
    }
}

Awaitable<void> ScriptedServer::greet(Socket socket, const Script* script) {
    std::string held;
    if (options_.answer_to_connect) {
        const bool asked = co_await read_request(socket, &held);
        if (!asked) {
            co_return;
        }
        const auto answer = asio::buffer(*options_.answer_to_connect);
        co_await asio::async_write(socket, answer, as_result);
    }
    if (!tls_) {
        co_await serve(socket, script);
        co_return;
    }
    if (!options_.accepts) {
        std::array<char, 4096> bytes{};
        boost::system::error_code read_error;
        while (!read_error) {
            const auto space = asio::buffer(bytes);
            const auto [error, size] = co_await socket.async_read_some(space, as_result);
            read_error = error;
        }
        co_return;
    }
    ssl::stream<Socket> stream(std::move(socket), *tls_);
    if (options_.record_size) {
        // All records of a reply are written at once, hence go out in one segment.
        SSL_clear_mode(stream.native_handle(), SSL_MODE_ENABLE_PARTIAL_WRITE);
    }
    const auto [error] = co_await stream.async_handshake(ssl::stream_base::server, as_result);
    if (error) {
        co_return;
    }
    auto* const native = stream.native_handle();
    resumed += SSL_session_reused(native) == 1 ? 1U : 0U;
    const char* const name = SSL_get_servername(native, TLSEXT_NAMETYPE_host_name);
    server_names.emplace_back(name != nullptr ? name : "");
    const unsigned char* protocol = nullptr;
    unsigned size = 0;
    SSL_get0_alpn_selected(native, &protocol, &size);
    protocols.emplace_back(reinterpret_cast<const char*>(protocol), size);
    co_await serve(stream, script);
}

template <class Stream>
Awaitable<bool> ScriptedServer::read_request(Stream& stream, std::string* held) {
    std::array<char, 4096> bytes{};
    for (;;) {
        if (const auto size = size_of_request(*held)) {
            requests.push_back(held->substr(0, *size));
            held->erase(0, *size);
            co_return true;
        }
        const auto space = asio::buffer(bytes);
        const auto [error, size] = co_await stream.async_read_some(space, as_result);
        if (error) {
            co_return false;
        }
        held->append(bytes.data(), size);
    }
}

template <class Stream>
Awaitable<void> ScriptedServer::serve(Stream& stream, const Script* script) {
    std::string held;
    for (std::size_t i = 0;; ++i) {
        const bool asked = co_await read_request(stream, &held);
        if (!asked) {
            co_return;
        }
        const auto& reply = (*script)[std::min(i, script->size() - 1)];
        const auto bytes = asio::buffer(reply.bytes);
        co_await asio::async_write(stream, bytes, as_result);
        switch (reply.then) {
            case Reply::Then::go_on:
                break;
            case Reply::Then::hold:
                co_await read_request(stream, &held);
                co_return;
            case Reply::Then::close:
                co_await say_farewell(stream);
                co_return;
            case Reply::Then::vanish:
                co_return;
            case Reply::Then::reset:
                stream.lowest_layer().set_option(asio::socket_base::linger(true, 0));
                stream.lowest_layer().close();  // when it is destroyed instead, Asio takes the option back
                co_return;
        }
    }
}

}  // namespace tapalcatl::tests
