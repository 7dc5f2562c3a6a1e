#pragma once

#include "cache/tiered_storage.hpp"

#include "tests/support/fake_clock.hpp"
#include "tests/support/fake_storage.hpp"
#include "tests/support/fake_tier.hpp"
#include "tests/support/run.hpp"

#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace tapalcatl::tests {

/// A storage with one object, "a", behind a tier; all are fakes.
class TieredTest : public testing::Test {
 protected:
    using Mode = FakeTierState::Mode;

    TieredTest() { start(); }

    /// A server that starts anew: the tier holds what it held, the storage has the same first state of "a".
    void start() {
        auto inner = std::make_unique<FakeStorage>();
        origin = inner.get();
        replace("first state");
        tiered = cache::make_tiered_storage(std::move(inner), std::make_unique<FakeTier>(tier), options,
                                            context.get_executor(), clock);
    }

    void replace(std::string_view content) {
        const auto bytes = as_bytes(content);
        origin->put("a", {bytes.begin(), bytes.end()});
    }

    Awaitable<Result<storage::Content>> reading(storage::Range range, storage::Condition condition,
                                                const std::string& key) {
        return tiered->read(key, range, std::move(condition), std::chrono::steady_clock::now() + patience);
    }

    /// Reads, and lets what is put behind the reader's back be put.
    Result<storage::Content> read(storage::Condition condition = {}, storage::Range range = storage::Suffix{5},
                                  const std::string& key = "a") {
        auto content = run(context, reading(range, std::move(condition), key));
        settle(context);
        return content;
    }

    static std::string text_of(const Result<storage::Content>& content) {
        return content ? std::string(as_text(content->bytes.view())) : content.error().message;
    }

    static constexpr std::chrono::seconds patience{20};

    boost::asio::io_context context;
    FakeClock clock;
    std::shared_ptr<FakeTierState> tier = std::make_shared<FakeTierState>();
    cache::TieredOptions options;
    FakeStorage* origin = nullptr;
    std::unique_ptr<cache::TieredStorage> tiered;
};

}  // namespace tapalcatl::tests
