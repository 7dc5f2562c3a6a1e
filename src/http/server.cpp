#include "http/server.hpp"

#include "base/descriptor.hpp"
#include "base/log.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ip/v6_only.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>

#include <atomic>
#include <cerrno>
#include <csignal>
#include <optional>
#include <string_view>
#include <thread>
#include <utility>

#include <sys/socket.h>

namespace tapalcatl::http {

namespace asio = boost::asio;
using asio::ip::tcp;

namespace {

/// The pause after a failed accept() if the next one would fail too.
constexpr std::chrono::milliseconds accept_pause{100};

/// So many connections are accepted before others get a turn.
constexpr std::size_t max_accepted_at_once = 64;

/// So many connections over the limit still get one response. Beyond, the oldest of these is closed for a new one, as
/// the new one may be a probe.
constexpr std::size_t max_refused_connections = 256;

Error cannot_listen(const std::string& host, std::uint16_t port, const boost::system::error_code& error) {
    return fail(Errc::io, "cannot listen on {} port {}: {}", host.empty() ? "any address" : host, port,
                error.message());
}

/// Whether this process was started with `signal` ignored, as by nohup.
bool is_ignored(int signal) {
    struct sigaction action{};
    return ::sigaction(signal, nullptr, &action) == 0 && action.sa_handler == SIG_IGN;
}

std::string_view name_of_signal(int signal) {
    return signal == SIGTERM ? "SIGTERM" : signal == SIGINT ? "SIGINT" : "SIGHUP";
}

}  // namespace

bool should_pause_accepting(const boost::system::error_code& error) {
    namespace errc = boost::system::errc;
    // The client has gone, or the network under it: accept(2) wants these to be treated like EAGAIN.
    for (const auto passing :
         {errc::connection_aborted, errc::interrupted, errc::operation_would_block,
          errc::resource_unavailable_try_again, errc::protocol_error, errc::network_down, errc::network_unreachable,
          errc::host_unreachable, errc::operation_not_supported, errc::no_protocol_option}) {
        if (error == passing) {
            return false;
        }
    }
    return true;
}

class Server::Impl {
 public:
    Impl(service::Handler& handler, Options options) : handler_(handler), options_(std::move(options)) {
        if (options_.access_log != AccessLog::Form::off) {
            log_writer_ = std::make_unique<AccessLogWriter>(options_.access_log_fd);
        }
        for (unsigned i = 0; i < std::max(1U, options_.threads); ++i) {
            fronts_.push_back(std::make_unique<Front>(handler_, options_.limits, load_, options_.access_log,
                                                      log_writer_.get(), options_.arena.get()));
        }
    }

    Result<void> listen();
    std::uint16_t port() const { return acceptors_.front().local_endpoint().port(); }
    void run();
    void drain();
    void forget_responses(const std::shared_ptr<const void>& before);

 private:
    asio::io_context& main_context() { return fronts_.front()->context(); }

    Result<std::vector<tcp::endpoint>> endpoints();
    boost::system::error_code bind(const tcp::endpoint& endpoint);
    Awaitable<void> accept(tcp::acceptor& acceptor);
    void accept_backlog();
    /// Accepts up to `most` connections that wait, and gives them to the fronts. Returns why it stopped before.
    boost::system::error_code accept_waiting(tcp::acceptor& acceptor, std::size_t most);
    /// Gives a connection to the next front.
    void assign(Descriptor socket, const tcp::endpoint& peer);
    Front& next_front();
    Awaitable<void> wait_for_signals();
    Awaitable<void> drain_all();
    Awaitable<void> settle();
    void stop();

    service::Handler& handler_;
    Options options_;
    Load load_;
    std::unique_ptr<AccessLogWriter> log_writer_;  ///< null if there is no access log; outlives the fronts
    std::vector<std::unique_ptr<Front>> fronts_;
    std::vector<tcp::acceptor> acceptors_;
    std::optional<asio::signal_set> signals_;  ///< from listen() on
    std::atomic<std::size_t> posted_{0};       ///< connections on their way to their front, not counted in load_ yet
    std::size_t next_front_ = 0;
    std::size_t to_drain_ = 0;
    SteadyTime drain_ends_at_;
    bool draining_ = false;
};

Result<std::vector<tcp::endpoint>> Server::Impl::endpoints() {
    boost::system::error_code error;
    if (options_.host.empty()) {
        return std::vector{tcp::endpoint(tcp::v6(), options_.port)};
    }
    const auto address = asio::ip::make_address(options_.host, error);
    if (!error) {
        return std::vector{tcp::endpoint(address, options_.port)};
    }
    tcp::resolver resolver(main_context());
    const auto found = resolver.resolve(options_.host, "", error);
    if (error || found.empty()) {
        return cannot_listen(options_.host, options_.port, error);
    }
    std::vector<tcp::endpoint> all;
    for (const auto& entry : found) {
        all.emplace_back(entry.endpoint().address(), options_.port);
    }
    return all;
}

boost::system::error_code Server::Impl::bind(const tcp::endpoint& endpoint) {
    boost::system::error_code error;
    tcp::acceptor acceptor(main_context());
    acceptor.open(endpoint.protocol(), error);
    if (error) {
        return error;
    }
    acceptor.set_option(tcp::acceptor::reuse_address(true), error);
    if (endpoint.address().is_v6() && endpoint.address().is_unspecified()) {
        acceptor.set_option(asio::ip::v6_only(false), error);
    }
    acceptor.set_option(tcp::no_delay(true), error);  // on Linux, accepted sockets inherit it
    acceptor.bind(endpoint, error);
    if (error) {
        return error;
    }
    acceptor.listen(asio::socket_base::max_listen_connections, error);
    if (error) {
        return error;
    }
    acceptor.non_blocking(true, error);
    acceptors_.push_back(std::move(acceptor));
    return error;
}

Result<void> Server::Impl::listen() {
    const auto wanted = endpoints();
    if (!wanted) {
        return wanted.error();
    }
    boost::system::error_code error;
    for (auto endpoint : *wanted) {
        if (!acceptors_.empty() && options_.port == 0) {
            endpoint.port(port());
        }
        error = bind(endpoint);
        const bool no_ipv6 = error == asio::error::address_family_not_supported ||
                             error == boost::system::errc::address_not_available ||
                             error == asio::error::no_protocol_option;
        if (error && no_ipv6 && options_.host.empty()) {
            error = bind(tcp::endpoint(tcp::v4(), options_.port));
        }
        if (error && !no_ipv6) {
            return cannot_listen(options_.host, options_.port, error);
        }
    }
    if (acceptors_.empty()) {
        return cannot_listen(options_.host, options_.port, error);
    }
    signals_.emplace(main_context(), SIGTERM, SIGINT);
    if (options_.hang_up || !is_ignored(SIGHUP)) {
        signals_->add(SIGHUP);
    }
    return {};
}

void Server::Impl::run() {
    for (auto& acceptor : acceptors_) {
        asio::co_spawn(main_context(), accept(acceptor), asio::detached);
    }
    asio::co_spawn(main_context(), wait_for_signals(), asio::detached);
    std::vector<std::thread> threads;
    for (std::size_t i = 1; i < fronts_.size(); ++i) {
        threads.emplace_back([front = fronts_[i].get()] { front->run(); });
    }
    fronts_.front()->run();
    for (auto& thread : threads) {
        thread.join();
    }
}

void Server::Impl::drain() {
    asio::post(main_context(), [this] {
        if (!std::exchange(draining_, true)) {
            asio::co_spawn(main_context(), drain_all(), asio::detached);
        }
    });
}

void Server::Impl::forget_responses(const std::shared_ptr<const void>& before) {
    for (const auto& front : fronts_) {
        asio::post(front->context(), [front = front.get(), before] { front->forget_responses(); });
    }
}

Front& Server::Impl::next_front() {
    next_front_ = (next_front_ + 1) % fronts_.size();
    return *fronts_[next_front_];
}

void Server::Impl::assign(Descriptor socket, const tcp::endpoint& peer) {
    const auto connections =
        load_.connections.load(std::memory_order_relaxed) + posted_.load(std::memory_order_relaxed);
    const bool over_limit = connections >= options_.limits.connections;
    const bool crowded = connections >= options_.limits.connections + max_refused_connections;
    auto& front = next_front();
    const auto serve = [&front, over_limit, crowded, peer](Descriptor accepted) {
        if (crowded) {
            front.close_oldest_over_limit();
        }
        front.serve(std::move(accepted), over_limit, peer);
    };
    if (&front == fronts_.front().get()) {
        serve(std::move(socket));
        return;
    }
    posted_.fetch_add(1, std::memory_order_relaxed);
    asio::post(front.context(), [this, serve, socket = std::move(socket)]() mutable {
        posted_.fetch_sub(1, std::memory_order_relaxed);
        serve(std::move(socket));
    });
}

boost::system::error_code Server::Impl::accept_waiting(tcp::acceptor& acceptor, std::size_t most) {
    boost::system::error_code error;
    std::vector<std::pair<Descriptor, tcp::endpoint>> accepted;
    while (!error && accepted.size() < most) {
        tcp::endpoint peer;  // asked for later, the system may not know it any more
        auto size = static_cast<socklen_t>(peer.capacity());
        Descriptor socket(::accept4(acceptor.native_handle(), peer.data(), &size, SOCK_NONBLOCK | SOCK_CLOEXEC));
        if (!socket.is_open()) {
            error = boost::system::error_code(errno, boost::system::system_category());
            continue;
        }
        peer.resize(size);
        accepted.emplace_back(std::move(socket), peer);
    }
    // The request of a connection often comes while those behind it are accepted.
    for (auto& [socket, peer] : accepted) {
        assign(std::move(socket), peer);
    }
    return error;
}

Awaitable<void> Server::Impl::accept(tcp::acceptor& acceptor) {
    bool warned = false;
    while (acceptor.is_open()) {
        const auto [waited] = co_await acceptor.async_wait(tcp::acceptor::wait_read, as_result);
        if (waited == asio::error::operation_aborted) {
            co_return;
        }
        const auto error = accept_waiting(acceptor, max_accepted_at_once);
        if (!error || !should_pause_accepting(error)) {
            continue;
        }
        if (!std::exchange(warned, true)) {
            log::warning("cannot accept connections: {}; raise the limit of open files", error.message());
        }
        asio::steady_timer pause(main_context(), accept_pause);
        co_await pause.async_wait(as_result);
    }
}

void Server::Impl::accept_backlog() {
    for (auto& acceptor : acceptors_) {
        boost::system::error_code error;
        while (!error || error == asio::error::connection_aborted || error == asio::error::interrupted) {
            error = accept_waiting(acceptor, max_accepted_at_once);
        }
        acceptor.close(error);
    }
}

Awaitable<void> Server::Impl::wait_for_signals() {
    int signal = SIGHUP;
    for (bool goes_on = true; goes_on;) {
        const auto [error, received] = co_await signals_->async_wait(as_result);
        if (error) {
            co_return;
        }
        signal = received;
        goes_on = signal == SIGHUP && options_.hang_up && options_.hang_up();
    }
    log::info("{}: finishing what runs; SIGTERM or SIGINT once more ends it at once", name_of_signal(signal));
    drain();
    for (;;) {
        const auto [error_again, signal_again] = co_await signals_->async_wait(as_result);
        if (error_again) {
            co_return;
        }
        // When a terminal is closed, both the system and the shell send SIGHUP: the second one has no other meaning.
        if (signal_again != SIGHUP) {
            log::warning("{} again: {} connections are cut off", name_of_signal(signal_again),
                         load_.connections.load());
            stop();
            co_return;
        }
    }
}

Awaitable<void> Server::Impl::drain_all() {
    handler_.begin_drain();
    asio::steady_timer timer(main_context(), options_.drain_delay);
    if (options_.drain_delay.count() > 0) {
        co_await timer.async_wait(as_result);
    }
    accept_backlog();
    to_drain_ = fronts_.size();
    for (const auto& front : fronts_) {
        asio::post(front->context(), [this, front = front.get()] {
            front->drain([this] {
                asio::post(main_context(), [this] {
                    if (--to_drain_ == 0) {
                        asio::co_spawn(main_context(), settle(), asio::detached);
                    }
                });
            });
        });
    }
    timer.expires_after(options_.drain_timeout);
    drain_ends_at_ = timer.expiry();
    co_await timer.async_wait(as_result);
    if (to_drain_ > 0) {
        log::warning("{} connections were not done after {} ms and are cut off", load_.connections.load(),
                     options_.drain_timeout.count());
        stop();
    }
}

Awaitable<void> Server::Impl::settle() {
    if (options_.settle) {
        const auto deadline = drain_ends_at_;
        const auto is_settled = co_await options_.settle(deadline);
        if (!is_settled) {
            log::warning("what no request waits for was not done after {} ms and is given up",
                         options_.drain_timeout.count());
        }
    }
    stop();
}

void Server::Impl::stop() {
    for (const auto& front : fronts_) {
        front->context().stop();
    }
}

Server::Server(service::Handler& handler, Options options)
    : impl_(std::make_unique<Impl>(handler, std::move(options))) {}
Server::~Server() = default;
Result<void> Server::listen() {
    return impl_->listen();
}
std::uint16_t Server::port() const {
    return impl_->port();
}
void Server::run() {
    impl_->run();
}
void Server::drain() {
    impl_->drain();
}
void Server::forget_responses(const std::shared_ptr<const void>& before) {
    impl_->forget_responses(before);
}

}  // namespace tapalcatl::http
