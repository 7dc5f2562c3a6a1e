#pragma once

#include "base/text.hpp"
#include "storage/http_storage.hpp"
#include "storage/storage.hpp"

#include "tests/net/fixture.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

namespace tapalcatl::tests {

/// A storage over HTTP, a scripted server, and one context for both. Nobody waits for backoffs: they are of no length.
class HttpStorageTest : public ClientTest {
 protected:
    HttpStorageTest() {
        http.random = [] { return 0.0; };
        http.hedge_after = Milliseconds(0);
    }

    static std::string answer(const std::string& status, const std::vector<std::string>& headers,
                              const std::string& body) {
        auto text = fmt::format("HTTP/1.1 {}\r\nContent-Length: {}\r\n", status, body.size());
        for (const auto& header : headers) {
            text += header + "\r\n";
        }
        return text + "\r\n" + body;
    }

    /// Bytes 0 to 4 of an object of 10.
    static Reply part(Then then = Then::go_on) {
        return {answer("206 Partial Content", {"ETag: \"a\"", "Content-Range: bytes 0-4/10"}, "hello"), then};
    }
    static Reply refusal(const std::string& status, const std::string& code,
                         const std::vector<std::string>& headers = {}) {
        return {answer(status, headers,
                       fmt::format("<?xml version=\"1.0\"?><Error><Code>{}</Code><Message>m</Message></Error>", code))};
    }
    static std::vector<Reply> each(std::size_t count, const Reply& reply) { return {count, reply}; }

    SteadyTime deadline(Milliseconds in = std::chrono::seconds(20)) const {
        return std::chrono::steady_clock::now() + in;
    }

    Result<storage::Content> read(storage::Storage& from, storage::Range range = storage::Span{0, 5},
                                  storage::Condition condition = {}) {
        return run(context, from.read("a b/0.zip", range, std::move(condition), deadline()));
    }

    static std::string text_of(const Result<storage::Content>& content) {
        EXPECT_TRUE(content) << content.error();
        return content ? std::string(as_text(content->bytes.view())) : std::string();
    }

    static void expect_refused(const Result<storage::Content>& content, Errc code, const std::string& words) {
        ASSERT_FALSE(content);
        EXPECT_EQ(content.error().code, code) << content.error();
        EXPECT_NE(content.error().message.find(words), std::string::npos) << content.error();
    }

    storage::HttpStorageOptions http;
};

}  // namespace tapalcatl::tests
