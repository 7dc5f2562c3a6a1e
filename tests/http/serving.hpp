#pragma once

#include "base/log.hpp"
#include "http/server.hpp"

#include "tests/http/client.hpp"
#include "tests/http/fake_handler.hpp"

#include <gtest/gtest.h>

#include <future>
#include <memory>
#include <stdexcept>
#include <thread>

namespace tapalcatl::tests {

/// A server on a thread, on a port of its own, until the case ends. Clients of a case go before it.
class ServerTest : public testing::Test {
 protected:
    ServerTest() {
        log::configure(log::Level::off, log::Form::plain);
        options.host = "127.0.0.1";
        options.port = 0;
        options.drain_timeout = std::chrono::milliseconds(3000);
    }

    void TearDown() override {
        if (server != nullptr) {
            handler.release();
            server->drain();
            finish();
        }
        log::configure(log::Level::info, log::Form::plain);
    }

    /// Listens, without serving yet.
    std::uint16_t listen() {
        server = std::make_unique<http::Server>(handler, options);
        const auto listening = server->listen();
        if (!listening) {
            throw std::runtime_error(listening.error().message);
        }
        return server->port();
    }

    void start() {
        if (server == nullptr) {
            listen();
        }
        ended = std::async(std::launch::async, [this] { server->run(); });
    }

    Client connected(int receive_buffer = 0) {
        if (!ended.valid()) {
            start();
        }
        return Client(server->port(), options.host.find(':') == std::string::npos ? "127.0.0.1" : "::1",
                      receive_buffer);
    }

    /// Whether run() returns before `patience` is over.
    bool ends_within(std::chrono::milliseconds patience) const {
        return ended.wait_for(patience) == std::future_status::ready;
    }

    /// Waits for run() to return, and takes the server away.
    void finish() {
        if (ended.valid()) {
            ended.get();
        }
        handler.forget_waiting();
        server.reset();
    }

    FakeHandler handler;
    http::Server::Options options;
    std::unique_ptr<http::Server> server;
    std::future<void> ended;
};

}  // namespace tapalcatl::tests
