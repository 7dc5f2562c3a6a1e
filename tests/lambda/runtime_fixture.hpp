#pragma once

#include "base/log.hpp"
#include "lambda/runtime_api.hpp"

#include "tests/net/scripted_server.hpp"
#include "tests/support/fake_clock.hpp"
#include "tests/support/run.hpp"

#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace tapalcatl::tests {

/// A Runtime API that follows a script, on the context of its client.
class RuntimeApiFixture : public testing::Test {
 protected:
    using Then = Reply::Then;

    RuntimeApiFixture() { log::configure(log::Level::off, log::Form::plain); }
    ~RuntimeApiFixture() override { log::configure(log::Level::info, log::Form::plain); }

    ScriptedServer& serve(std::vector<ScriptedServer::Script> scripts) {
        servers_.push_back(std::make_unique<ScriptedServer>(context, std::move(scripts)));
        auto made = lambda::RuntimeApi::make(fmt::format("127.0.0.1:{}", servers_.back()->port()),
                                             context.get_executor(), clock);
        EXPECT_TRUE(made) << made.error();
        api_.emplace(std::move(*made));
        return *servers_.back();
    }

    lambda::RuntimeApi& api() { return *api_; }

    /// An invocation of the id "id-1"; by default it ends 3 s after the start of FakeClock's wall clock.
    static Reply invocation(const std::string& payload, const std::string& deadline_ms = "1600000003000") {
        return {
            fmt::format("HTTP/1.1 200 OK\r\nLambda-Runtime-Aws-Request-Id: id-1\r\n"
                        "Lambda-Runtime-Deadline-Ms: {}\r\nLambda-Runtime-Trace-Id: Root=1-5\r\n"
                        "Content-Length: {}\r\n\r\n{}",
                        deadline_ms, payload.size(), payload)};
    }

    static Reply accepted() {
        return {
            "HTTP/1.1 202 Accepted\r\nContent-Type: application/json\r\nContent-Length: 16\r\n\r\n"
            "{\"status\":\"OK\"}\n"};
    }

    /// The answer that ends Function::run().
    static Reply the_end() { return {"HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n"}; }

    boost::asio::io_context context;
    FakeClock clock;

 private:
    std::vector<std::unique_ptr<ScriptedServer>> servers_;
    std::optional<lambda::RuntimeApi> api_;
};

}  // namespace tapalcatl::tests
