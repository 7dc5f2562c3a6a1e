#pragma once

#include "base/bytes.hpp"
#include "net/client.hpp"

#include "tests/net/scripted_server.hpp"
#include "tests/support/fake_clock.hpp"
#include "tests/support/run.hpp"

#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

namespace tapalcatl::tests {

/// A client and a scripted server on one context.
class ClientTest : public testing::Test {
 protected:
    using Then = Reply::Then;
    using Milliseconds = std::chrono::milliseconds;

    ClientTest() {
        // All names are this machine, so that certificates can have names.
        options.resolver.lookup = [](const std::string&) -> Result<net::Addresses> {
            return net::Addresses{boost::asio::ip::address_v4::loopback()};
        };
    }

    ScriptedServer& serve(std::vector<ScriptedServer::Script> scripts, ServerOptions server_options = {}) {
        servers_.push_back(std::make_unique<ScriptedServer>(context, std::move(scripts), std::move(server_options)));
        return *servers_.back();
    }

    net::Client& client() {
        if (client_ == nullptr) {
            client_ = std::make_unique<net::Client>(context.get_executor(), clock, options);
        }
        return *client_;
    }
    void forget_client() { client_.reset(); }

    net::Request request(const std::string& host = "127.0.0.1", bool is_https = false) {
        net::Request request;
        request.url = {is_https, host, servers_.back()->port(), "/a"};
        request.body_limit = 1'000'000;
        request.deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
        return request;
    }

    Result<net::Response> send(net::Request request) { return run(context, client().send(std::move(request))); }
    Result<net::Response> get() { return send(request()); }

    Running<Result<net::Response>> start(net::Request request) {
        return Running<Result<net::Response>>(context, client().send(std::move(request)));
    }

    /// Runs until `done()`.
    template <class Done>
    void run_until(Done done) {
        context.restart();
        while (!done()) {
            ASSERT_NE(context.run_one(), 0U);
        }
    }

    static std::string body_of(const Result<net::Response>& response) {
        EXPECT_TRUE(response) << response.error();
        return response ? std::string(as_text(response->body)) : std::string();
    }

    static void expect_failure(const Result<net::Response>& response, Errc code, const std::string& words) {
        ASSERT_FALSE(response) << response->status;
        EXPECT_EQ(response.error().code, code) << response.error();
        EXPECT_NE(response.error().message.find(words), std::string::npos) << response.error();
    }

    boost::asio::io_context context;
    FakeClock clock;
    net::Client::Options options;

 private:
    std::vector<std::unique_ptr<ScriptedServer>> servers_;
    std::unique_ptr<net::Client> client_;
};

}  // namespace tapalcatl::tests
