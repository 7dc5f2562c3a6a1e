#include "http/front.hpp"

#include "base/log.hpp"
#include "http/session.hpp"

#include <boost/asio/co_spawn.hpp>

#include <exception>
#include <utility>

namespace tapalcatl::http {

namespace asio = boost::asio;

namespace {

/// Time-outs are looked after this often: one timer a thread instead of two timer operations a request.
constexpr std::chrono::milliseconds tick{250};

}  // namespace

Front::Front(service::Handler& handler, const Limits& limits, Load& load, AccessLog::Form log_form,
             AccessLogWriter* log_writer)
    : handler_(handler), limits_(limits), load_(load), log_(log_form, log_writer), ticker_(context_) {}

void Front::serve(asio::ip::tcp::socket socket, bool refused) {
    auto session = std::make_unique<Session>(*this, std::move(socket), refused);
    auto& running = *session;
    asio::co_spawn(context_, running.run(), [session = std::move(session)](std::exception_ptr crash) {
        if (crash) {
            log::error("a connection was dropped: out of memory");
        }
    });
}

void Front::run() {
    start_ticker();
    context_.run();
    log_.flush();
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

void Front::start_ticker() {
    ticker_.expires_after(tick);
    ticker_.async_wait([this](const boost::system::error_code& error) {
        if (error) {
            return;
        }
        cancel_expired();
        log_.flush();
        start_ticker();
    });
}

void Front::cancel_expired() {
    const auto now = std::chrono::steady_clock::now();
    for (auto* link = connections_.next; link != &connections_; link = link->next) {
        if (link->deadline <= now) {
            link->deadline = SteadyTime::max();
            boost::system::error_code ignored;
            link->socket->cancel(ignored);
        }
    }
}

}  // namespace tapalcatl::http
