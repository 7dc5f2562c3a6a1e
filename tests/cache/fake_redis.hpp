#pragma once

#include "base/awaitable.hpp"
#include "base/handoff.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/streambuf.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <fmt/format.h>

#include <cstdlib>
#include <functional>
#include <istream>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace tapalcatl::tests {

/// A server on loopback that reads Redis' commands and answers by script; by itself it knows PING, AUTH, SELECT, GET
/// and SET. Runs on the context of its client. Lifetime: until that runs no more.
template <class Protocol>
class FakeRedis {
 public:
    using Words = std::vector<std::string>;

    FakeRedis(boost::asio::io_context& context, const typename Protocol::endpoint& endpoint)
        : acceptor_(context, endpoint) {
        boost::asio::co_spawn(context, accept(), boost::asio::detached);
    }

    auto endpoint() const { return acceptor_.local_endpoint(); }

    /// Ends all connections; new ones are made.
    void hang_up() {
        for (const auto& socket : sockets_) {
            boost::system::error_code ignored;
            socket->close(ignored);
        }
        sockets_.clear();
    }

    /// Ends all connections, and refuses new ones.
    void close() {
        acceptor_.close();
        hang_up();
    }

    /// What is answered instead, where it answers something; no bytes: no answer ever comes.
    std::function<std::optional<std::string>(const Words&)> script;
    /// What arrives in one piece is what comes before this many bytes.
    std::size_t piece = ~std::size_t{0};

    std::map<std::string, std::string> values;
    std::vector<Words> commands;
    std::size_t connections = 0;

 private:
    using Socket = typename Protocol::socket;
    static constexpr auto as_result = boost::asio::as_tuple(boost::asio::use_awaitable);

    Awaitable<void> accept() {
        for (;;) {
            auto [error, socket] = co_await acceptor_.async_accept(as_result);
            if (error) {
                co_return;
            }
            ++connections;
            const auto held = std::make_shared<Socket>(std::move(socket));
            sockets_.push_back(held);
            boost::asio::co_spawn(acceptor_.get_executor(), serve(held), boost::asio::detached);
        }
    }

    Awaitable<void> serve(std::shared_ptr<Socket> socket) {
        const auto buffer = std::make_shared<boost::asio::streambuf>();
        for (;;) {
            const auto words = co_await read_command(socket, buffer);
            if (words.empty()) {
                co_return;
            }
            commands.push_back(words);
            const auto answer = answer_to(words);
            for (std::size_t at = 0; at < answer.size(); at += piece) {
                const auto part = answer.substr(at, piece);
                const auto bytes = boost::asio::buffer(part);
                co_await boost::asio::async_write(*socket, bytes, as_result);
                if (at + piece < at) {
                    break;
                }
            }
        }
    }

    std::string answer_to(const Words& words) {
        if (script) {
            if (const auto answer = script(words)) {
                return *answer;
            }
        }
        if (words[0] == "GET") {
            const auto found = values.find(words[1]);
            return found == values.end() ? "$-1\r\n"
                                         : fmt::format("${}\r\n{}\r\n", found->second.size(), found->second);
        }
        if (words[0] == "SET") {
            values[words[1]] = words[2];
        }
        return words[0] == "PING" ? "+PONG\r\n" : "+OK\r\n";
    }

    /// "*2\r\n$3\r\nGET\r\n$1\r\na\r\n"; no words at the end.
    static Awaitable<Words> read_command(std::shared_ptr<Socket> socket,
                                         std::shared_ptr<boost::asio::streambuf> buffer) {
        Words words;
        const auto count = co_await read_number(socket, buffer);
        for (long i = 0; i < count; ++i) {
            const auto size = co_await read_number(socket, buffer);
            if (size < 0) {
                co_return Words();
            }
            const auto whole = static_cast<std::size_t>(size) + 2;
            while (buffer->size() < whole) {
                const auto space = buffer->prepare(65536);
                const auto [error, got] = co_await socket->async_read_some(space, as_result);
                if (error) {
                    co_return Words();
                }
                buffer->commit(got);
            }
            std::string word(whole, '\0');
            std::istream(buffer.get()).read(word.data(), static_cast<std::streamsize>(whole));
            word.resize(whole - 2);
            words.push_back(word);
        }
        co_return words;
    }

    /// What follows the first character of a line; -1 at the end.
    static Awaitable<long> read_number(std::shared_ptr<Socket> socket, std::shared_ptr<boost::asio::streambuf> buffer) {
        const auto [error, size] = co_await boost::asio::async_read_until(*socket, *buffer, "\r\n", as_result);
        if (error) {
            co_return -1;
        }
        std::string line(size, '\0');
        std::istream(buffer.get()).read(line.data(), static_cast<std::streamsize>(size));
        co_return std::strtol(line.c_str() + 1, nullptr, 10);
    }

    typename Protocol::acceptor acceptor_;
    std::vector<std::shared_ptr<Socket>> sockets_;
};

}  // namespace tapalcatl::tests
