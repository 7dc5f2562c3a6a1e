#include "net/pool.hpp"

#include <algorithm>
#include <utility>

namespace tapalcatl::net {
namespace {

/// Counts one in a gauge as long as it exists, also when the coroutine that owns it is destroyed.
class GaugeGuard {
 public:
    explicit GaugeGuard(Counters::Count& counter) : counter_(counter) { count(counter_); }
    GaugeGuard(const GaugeGuard&) = delete;
    GaugeGuard& operator=(const GaugeGuard&) = delete;
    ~GaugeGuard() { discount(counter_); }

 private:
    Counters::Count& counter_;
};

}  // namespace

Pool::Lease& Pool::Lease::operator=(Lease&& other) noexcept {
    std::swap(connection, other.connection);
    std::swap(pool_, other.pool_);
    std::swap(origin_, other.origin_);
    return *this;
}

Pool::Lease::~Lease() {  // NOLINT(bugprone-exception-escape): only if memory runs out
    if (pool_ != nullptr) {
        connection.reset();
        pool_->release(origin_, nullptr);
    }
}

void Pool::Lease::give_back() {
    const auto pool = std::exchange(pool_, nullptr);
    pool->release(origin_, std::move(connection));
}

Pool::Pool(boost::asio::any_io_executor executor, const Clock& clock, std::shared_ptr<Counters> counters,
           Options options)
    : executor_(std::move(executor)),
      clock_(clock),
      counters_(std::move(counters)),
      options_(options),
      timer_(executor_) {}

Awaitable<std::optional<Pool::Lease>> Pool::acquire(std::shared_ptr<Pool> pool, std::string origin, std::size_t limit,
                                                    bool new_connection, SteadyTime deadline) {
    auto lease = pool->try_acquire(origin, limit, new_connection);
    if (lease) {
        co_return lease;
    }
    auto& waiters = pool->origins_.at(origin).waiters;
    const GaugeGuard waiting(pool->counters_->waiting);
    const Wish wish{new_connection};
    auto granted = co_await waiters.wait(wish, deadline);
    co_return granted;
}

std::optional<Pool::Lease> Pool::try_acquire(const std::string& name, std::size_t limit, bool new_connection) {
    auto& origin = origins_.try_emplace(name, executor_).first->second;
    while (!new_connection && !origin.idle.empty()) {
        auto idle = std::move(origin.idle.back());
        origin.idle.pop_back();
        discount(counters_->idle);
        if (!is_expired(idle) && idle.connection->is_quiet()) {
            return Lease(shared_from_this(), name, std::move(idle.connection));
        }
        --origin.open;
        discount(counters_->open);
    }
    if (origin.open >= limit) {
        close_oldest(origin, std::min<std::size_t>(1, origin.idle.size()));
    }
    if (origin.open >= limit) {
        return std::nullopt;
    }
    ++origin.open;
    count(counters_->open);
    return Lease(shared_from_this(), name, nullptr);
}

void Pool::release(const std::string& name, std::unique_ptr<Connection> connection) {
    const auto found = origins_.find(name);
    auto& origin = found->second;
    if (const auto* wish = origin.waiters.front()) {
        if (connection != nullptr && (wish->new_connection || !connection->is_quiet())) {
            connection.reset();
        }
        origin.waiters.serve_front(Lease(shared_from_this(), name, std::move(connection)));
        return;
    }
    if (connection != nullptr && options_.idle_timeout.count() > 0) {
        origin.idle.push_back({std::move(connection), clock_.now(), clock_.wall()});
        count(counters_->idle);
        start_timer();
        return;
    }
    --origin.open;
    discount(counters_->open);
    if (origin.open == 0) {
        origins_.erase(found);
    }
}

bool Pool::is_expired(const Idle& idle) const {
    return clock_.now() - idle.since >= options_.idle_timeout ||
           clock_.wall() - idle.wall_since >= options_.idle_timeout;
}

void Pool::close_oldest(Origin& origin, std::size_t number) {
    origin.idle.erase(origin.idle.begin(), origin.idle.begin() + static_cast<std::ptrdiff_t>(number));
    origin.open -= number;
    counters_->idle.fetch_sub(number, std::memory_order_relaxed);
    counters_->open.fetch_sub(number, std::memory_order_relaxed);
}

void Pool::start_timer() {
    if (std::exchange(timer_runs_, true)) {
        return;
    }
    timer_.expires_after(options_.idle_timeout);
    timer_.async_wait([weak = weak_from_this()](const boost::system::error_code&) {
        if (const auto pool = weak.lock()) {
            pool->timer_runs_ = false;
            pool->close_expired();
        }
    });
}

void Pool::close_expired() {
    bool has_idle = false;
    for (auto each = origins_.begin(); each != origins_.end();) {
        auto& origin = each->second;
        const auto first_unexpired = std::find_if_not(origin.idle.begin(), origin.idle.end(),
                                                      [&](const Idle& idle) { return is_expired(idle); });
        close_oldest(origin, static_cast<std::size_t>(first_unexpired - origin.idle.begin()));
        has_idle = has_idle || !origin.idle.empty();
        each = origin.open == 0 ? origins_.erase(each) : std::next(each);
    }
    if (has_idle) {
        start_timer();
    }
}

void Pool::close_idle() {
    for (auto each = origins_.begin(); each != origins_.end();) {
        close_oldest(each->second, each->second.idle.size());
        each = each->second.open == 0 ? origins_.erase(each) : std::next(each);
    }
    timer_.cancel();
}

}  // namespace tapalcatl::net
