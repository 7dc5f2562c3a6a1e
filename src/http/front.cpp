#include "http/front.hpp"

#include "base/log.hpp"
#include "http/session.hpp"

#include <boost/asio/co_spawn.hpp>

#include <algorithm>
#include <exception>
#include <new>
#include <string_view>
#include <utility>
#include <vector>

namespace tapalcatl::http {

namespace asio = boost::asio;

namespace {

/// Time-outs are checked at this interval: one timer for each thread in place of two timer operations for each request.
constexpr std::chrono::milliseconds tick{250};

constexpr std::string_view out_of_memory = "a connection was dropped: out of memory";

/// A client may be called slow after this time: before, its speed is not known.
constexpr std::chrono::milliseconds slow_client_grace{1000};

}  // namespace

Front::Front(service::Handler& handler, const Limits& limits, Load& load, AccessLog::Form log_form,
             AccessLogWriter* log_writer, const PageArena* arena)
    : handler_(handler), limits_(limits), load_(load), arena_(arena), log_(log_form, log_writer), ticker_(context_) {}

void Front::serve(Descriptor socket, bool over_limit, const asio::ip::tcp::endpoint& peer) {
    try {
        auto session = std::make_unique<Session>(*this, std::move(socket), over_limit, peer);
        if (session->ends_at_once()) {
            return;
        }
        auto& running = *session;
        asio::co_spawn(context_, running.run(), [session = std::move(session)](std::exception_ptr crash) {
            if (crash) {
                log::error(out_of_memory);
            }
        });
    } catch (const std::bad_alloc&) {
        log::error(out_of_memory);
    }
}

void Front::run() {
    start_ticker();
    context_.run();
    log_.flush();
}

void Front::forget_responses() {
    responses_.clear();
    ++times_forgotten_;
}

void Front::drain(std::function<void()> done) {
    draining_ = true;
    drained_ = std::move(done);
    const auto close_at = std::chrono::steady_clock::now() + idle_grace;
    for (auto* link = connections_.next; link != &connections_; link = link->next) {
        if (link->is_idle) {
            link->deadline = std::min(link->deadline, close_at);
        }
    }
    end_drain_if_empty();
}

void Front::add(ConnectionLink& link) {
    link.next = &connections_;
    link.previous = connections_.previous;
    connections_.previous->next = &link;
    connections_.previous = &link;
    load_.connections.fetch_add(1, std::memory_order_relaxed);
}

void Front::remove(ConnectionLink& link) {
    link.previous->next = link.next;
    link.next->previous = link.previous;
    load_.connections.fetch_sub(1, std::memory_order_relaxed);
    end_drain_if_empty();
}

void Front::end_drain_if_empty() {
    if (draining_ && connections_.next == &connections_ && drained_) {
        log_.flush();
        std::exchange(drained_, nullptr)();
    }
}

void Front::close_oldest_over_limit() {
    for (auto* link = connections_.next; link != &connections_; link = link->next) {
        if (std::exchange(link->over_limit, false)) {
            cancel(*link);
            return;
        }
    }
}

void Front::cancel(const ConnectionLink& link) {
    if (link.socket != nullptr) {
        boost::system::error_code ignored;
        link.socket->cancel(ignored);
    }
}

void Front::set_pending(ConnectionLink& link, std::size_t bytes) {
    const auto before = std::exchange(link.pending_bytes, bytes);
    if (bytes > before) {
        load_.pending_bytes.fetch_add(bytes - before, std::memory_order_relaxed);
    } else {
        load_.pending_bytes.fetch_sub(before - bytes, std::memory_order_relaxed);
    }
}

void Front::cut_off_slowest(std::chrono::milliseconds min_sending_time) {
    const auto is_over_limit = [this] {
        return load_.pending_bytes.load(std::memory_order_relaxed) > limits_.pending_bytes;
    };
    if (!is_over_limit()) {
        return;
    }
    const auto now = std::chrono::steady_clock::now();
    std::vector<std::pair<double, ConnectionLink*>> by_rate;
    for (auto* link = connections_.next; link != &connections_; link = link->next) {
        const auto sending_time = now - link->sending_since;
        if (link->pending_bytes > 0 && sending_time >= min_sending_time) {
            const auto seconds = std::chrono::duration<double>(sending_time).count();
            by_rate.emplace_back(static_cast<double>(link->taken_bytes) / std::max(seconds, 1e-6), link);
        }
    }
    std::sort(by_rate.begin(), by_rate.end());
    for (const auto& [rate, link] : by_rate) {
        if (!is_over_limit()) {
            return;
        }
        log::limited(log::Level::warning, "slow client",
                     "a slow client is cut off: it left {} bytes pending, and {} is the limit of all",
                     link->pending_bytes, limits_.pending_bytes);
        set_pending(*link, 0);
        cancel(*link);
    }
}

void Front::start_ticker() {
    ticker_.expires_after(tick);
    ticker_.async_wait([this](const boost::system::error_code& error) {
        if (error) {
            return;
        }
        cancel_expired();
        responses_.sweep(std::chrono::steady_clock::now(), std::chrono::system_clock::now());
        cut_off_slowest(slow_client_grace);
        log_.flush();
        start_ticker();
    });
}

void Front::cancel_expired() {
    const auto now = std::chrono::steady_clock::now();
    for (auto* link = connections_.next; link != &connections_; link = link->next) {
        if (link->deadline <= now) {
            link->deadline = SteadyTime::max();
            cancel(*link);
        }
    }
}

}  // namespace tapalcatl::http
