#pragma once

#include "base/handoff.hpp"
#include "base/text.hpp"
#include "service/handler.hpp"

#include <boost/asio/this_coro.hpp>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <string>
#include <vector>

namespace tapalcatl::tests {

/// Bytes that show where they come from, for bodies of any size.
inline std::string pattern(std::size_t size) {
    std::string text(size, '\0');
    std::uint32_t state = 1;
    for (auto& c : text) {
        state = state * 1664525U + 1013904223U;
        c = static_cast<char>(state >> 24);
    }
    return text;
}

/// Answers by path:
/// - "/wait" after release() only
/// - "/size/N" with N bytes of pattern()
/// - "/status/N" with that status, and the body "N"
/// - "/hot/N" with N bytes of pattern(), a response that may be sent again while `hot.valid`; `hot.made` counts those
///   that were asked for
/// - "/origin/N" as "/hot/N", but it varies by the Origin of the request and names that in "Allowed"
/// - "/log" with what the access log is to say of an archive
/// - anything else with "METHOD target host peer"
class FakeHandler final : public service::Handler {
 public:
    class Hot final : public web::Validity {
     public:
        bool is_valid(SteadyTime /*now*/, WallTime /*wall*/) const override { return valid; }
        void note_uses(unsigned times) const override { uses += times; }

        std::atomic<bool> valid{true};
        std::atomic<unsigned> made{0};
        mutable std::atomic<unsigned> uses{0};
    };
    Hot hot;

    std::optional<web::Response> answer_at_once(const web::Request& request) override {
        if (request.target == "/wait") {
            return std::nullopt;
        }
        return made(request);
    }

    Awaitable<web::Response> answer(web::Request request) override {
        const auto executor = co_await boost::asio::this_coro::executor;
        Handoff<bool> turn(executor);
        {
            const std::lock_guard lock(mutex_);
            waiting_.push_back(turn);
        }
        changed_.notify_all();
        co_await turn.wait(std::chrono::steady_clock::now() + std::chrono::seconds(20));
        co_return made(request);
    }

    web::Response refuse(const web::Request& /*request*/) override { return with_body(503, "busy"); }

    void begin_drain() override {
        {
            const std::lock_guard lock(mutex_);
            draining_ = true;
        }
        changed_.notify_all();
    }

    /// Lets all go that wait now. Any thread, while their context lives.
    void release() {
        std::vector<Handoff<bool>> turns;
        {
            const std::lock_guard lock(mutex_);
            turns.swap(waiting_);
        }
        for (const auto& turn : turns) {
            turn.put(true);
        }
    }

    /// Before the contexts of those who wait go away.
    void forget_waiting() {
        const std::lock_guard lock(mutex_);
        waiting_.clear();
    }

    void wait_for_waiting(std::size_t count) {
        wait([&] { return waiting_.size() >= count; }, "requests that wait");
    }
    void wait_for_drain() {
        wait([&] { return draining_; }, "the drain");
    }
    /// Until no answer with a body of /size/ is held any more.
    void wait_for_bodies_to_go() {
        wait([&] { return bodies_ == 0; }, "bodies to be let go");
    }

 private:
    template <class Condition>
    void wait(Condition condition, const char* what) {
        std::unique_lock lock(mutex_);
        if (!changed_.wait_for(lock, std::chrono::seconds(10), condition)) {
            throw std::runtime_error(fmt::format("waited too long for {}", what));
        }
    }

    static web::Response with_body(unsigned status, std::string_view text) {
        web::Response response;
        response.status = status;
        response.headers.add("Content-Type", "text/plain");
        response.body = copy_of(as_bytes(text));
        return response;
    }

    SharedBytes counted_body(std::size_t size) {
        {
            const std::lock_guard lock(mutex_);
            ++bodies_;
        }
        const std::shared_ptr<const std::string> text(new std::string(pattern(size)), [this](const std::string* gone) {
            delete gone;
            {
                const std::lock_guard lock(mutex_);
                --bodies_;
            }
            changed_.notify_all();
        });
        return {text, as_bytes(*text)};
    }

    web::Response made(const web::Request& request) {
        const auto path = request.target.substr(0, request.target.find('?'));
        const auto number = [&](std::string_view before) { return parse_number(path.substr(before.size())); };
        if (request.target.starts_with("/size/")) {
            web::Response response;
            response.body = counted_body(static_cast<std::size_t>(number("/size/").value()));
            return response;
        }
        const bool is_for_origin = request.target.starts_with("/origin/");
        if (request.target.starts_with("/hot/") || is_for_origin) {
            ++hot.made;
            web::Response response;
            response.body =
                counted_body(static_cast<std::size_t>(number(is_for_origin ? "/origin/" : "/hot/").value()));
            if (is_for_origin) {
                response.headers.add("Allowed", request[web::Field::origin]);
                response.varies_by_origin = true;
            }
            response.cache = web::CacheState::hit;
            response.validity = &hot;
            response.archive_key = std::make_shared<const std::string>("all/0/0/0.zip");
            return response;
        }
        if (request.target.starts_with("/status/")) {
            const auto status = static_cast<unsigned>(number("/status/").value());
            return with_body(status, std::to_string(status));
        }
        if (request.target.starts_with("/log")) {
            auto response = with_body(200, "logged");
            response.cache = web::CacheState::hit;
            response.archive_key = std::make_shared<const std::string>("all/0/0/0.zip");
            return response;
        }
        return with_body(200, fmt::format("{} {} {} {}", request.method_name, request.target, request[web::Field::host],
                                          request.peer));
    }

    std::mutex mutex_;
    std::condition_variable changed_;
    std::vector<Handoff<bool>> waiting_;
    std::size_t bodies_ = 0;
    bool draining_ = false;
};

}  // namespace tapalcatl::tests
