#pragma once

#include "base/handoff.hpp"
#include "cache/tier.hpp"

#include <boost/asio/this_coro.hpp>

#include <chrono>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace tapalcatl::tests {

/// What a FakeTier holds and does; it outlives the tier, as a Redis does a server.
struct FakeTierState {
    enum class Mode { works, fails, hangs };

    struct Value {
        SharedBytes bytes;
        std::chrono::seconds keep_for;
    };

    std::map<std::string, Value> values;
    Mode gets = Mode::works;
    Mode puts = Mode::works;
    std::size_t gets_asked = 0;
    std::size_t puts_asked = 0;
    std::vector<Handoff<bool>> hanging;  ///< those that came while it hung

    void release() {
        for (const auto& one : std::exchange(hanging, {})) {
            one.put(true);
        }
    }
};

/// A tier in memory that fails or hangs by script. Used on one context.
class FakeTier final : public cache::Tier {
 public:
    explicit FakeTier(std::shared_ptr<FakeTierState> state) : state_(std::move(state)) {}

    Awaitable<Result<std::optional<SharedBytes>>> get(std::string name, SteadyTime deadline) override {
        ++state_->gets_asked;
        const auto mode = state_->gets;
        const auto done = co_await act(mode, deadline);
        if (!done) {
            co_return done.error();
        }
        const auto found = state_->values.find(name);
        if (found == state_->values.end()) {
            co_return std::nullopt;
        }
        co_return found->second.bytes;
    }

    Awaitable<Result<void>> put(std::string name, SharedBytes value, std::chrono::seconds keep_for,
                                SteadyTime deadline) override {
        ++state_->puts_asked;
        const auto mode = state_->puts;
        const auto done = co_await act(mode, deadline);
        if (done) {
            state_->values[name] = {value, keep_for};
        }
        co_return done;
    }

    std::string name() const override { return "fake-tier://"; }

 private:
    Awaitable<Result<void>> act(FakeTierState::Mode mode, SteadyTime deadline) {
        if (mode == FakeTierState::Mode::fails) {
            co_return fail(Errc::unavailable, "the tier is down");
        }
        if (mode == FakeTierState::Mode::hangs) {
            const auto executor = co_await boost::asio::this_coro::executor;
            Handoff<bool> turn(executor);
            state_->hanging.push_back(turn);
            const auto released = co_await turn.wait(deadline);
            if (!released) {
                co_return fail(Errc::timeout, "the tier did not answer in time");
            }
        }
        co_return Result<void>();
    }

    std::shared_ptr<FakeTierState> state_;
};

}  // namespace tapalcatl::tests
