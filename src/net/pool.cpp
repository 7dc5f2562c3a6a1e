#include "net/pool.hpp"

#include <algorithm>
#include <utility>

namespace tapalcatl::net {

namespace {

/// Counts somebody who is here, also if a coroutine that is destroyed ends the stay.
class Presence {
 public:
    explicit Presence(Counters::Count& counter) : counter_(counter) { count(counter_); }
    Presence(const Presence&) = delete;
    Presence& operator=(const Presence&) = delete;
    ~Presence() { discount(counter_); }

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

Pool::Lease::~Lease() {  // NOLINT(bugprone-exception-escape): but for want of memory
    if (pool_ != nullptr) {
        connection.reset();
        pool_->release(origin_, nullptr);
    }
}

void Pool::Lease::keep() {
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

Awaitable<std::optional<Pool::Lease>> Pool::take(std::shared_ptr<Pool> pool, std::string origin, bool fresh,
                                                 SteadyTime deadline) {
    auto lease = pool->take_at_once(origin, fresh);
    if (lease) {
        co_return lease;
    }
    auto& waiters = pool->origins_.at(origin).waiters;
    const Presence presence(pool->counters_->waiting);
    const Wish wish{fresh};
    auto granted = co_await waiters.wait(wish, deadline);
    co_return granted;
}

std::optional<Pool::Lease> Pool::take_at_once(const std::string& name, bool fresh) {
    auto& origin = origins_.try_emplace(name, executor_).first->second;
    while (!fresh && !origin.idle.empty()) {
        auto idle = std::move(origin.idle.back());
        origin.idle.pop_back();
        discount(counters_->idle);
        if (!is_too_old(idle) && idle.connection->is_quiet()) {
            return Lease(shared_from_this(), name, std::move(idle.connection));
        }
        --origin.open;
        discount(counters_->open);
    }
    if (origin.open >= options_.per_origin) {
        drop_oldest(origin, std::min<std::size_t>(1, origin.idle.size()));
    }
    if (origin.open >= options_.per_origin) {
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
        watch();
        return;
    }
    --origin.open;
    discount(counters_->open);
    if (origin.open == 0) {
        origins_.erase(found);
    }
}

bool Pool::is_too_old(const Idle& idle) const {
    return clock_.now() - idle.since >= options_.idle_timeout ||
           clock_.wall() - idle.wall_since >= options_.idle_timeout;
}

void Pool::drop_oldest(Origin& origin, std::size_t number) {
    origin.idle.erase(origin.idle.begin(), origin.idle.begin() + static_cast<std::ptrdiff_t>(number));
    origin.open -= number;
    counters_->idle.fetch_sub(number, std::memory_order_relaxed);
    counters_->open.fetch_sub(number, std::memory_order_relaxed);
}

void Pool::watch() {
    if (std::exchange(is_watching_, true)) {
        return;
    }
    timer_.expires_after(options_.idle_timeout);
    timer_.async_wait([weak = weak_from_this()](const boost::system::error_code&) {
        if (const auto pool = weak.lock()) {
            pool->is_watching_ = false;
            pool->close_old();
        }
    });
}

void Pool::close_old() {
    bool has_idle = false;
    for (auto each = origins_.begin(); each != origins_.end();) {
        auto& origin = each->second;
        const auto first_young = std::find_if_not(origin.idle.begin(), origin.idle.end(),
                                                  [&](const Idle& idle) { return is_too_old(idle); });
        drop_oldest(origin, static_cast<std::size_t>(first_young - origin.idle.begin()));
        has_idle = has_idle || !origin.idle.empty();
        each = origin.open == 0 ? origins_.erase(each) : std::next(each);
    }
    if (has_idle) {
        watch();
    }
}

void Pool::close_idle() {
    for (auto each = origins_.begin(); each != origins_.end();) {
        drop_oldest(each->second, each->second.idle.size());
        each = each->second.open == 0 ? origins_.erase(each) : std::next(each);
    }
    timer_.cancel();
}

}  // namespace tapalcatl::net
