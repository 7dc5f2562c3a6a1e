#include "credentials/cached_provider.hpp"

#include "aws/timestamp.hpp"
#include "base/handoff.hpp"
#include "base/log.hpp"
#include "credentials/provider.hpp"
#include "credentials/retrying_client.hpp"

#include <boost/asio/co_spawn.hpp>

#include <algorithm>
#include <exception>
#include <utility>
#include <variant>
#include <vector>

namespace tapalcatl::credentials {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;

/// How long before they expire credentials are renewed, and how long before that calls wait for the renewal.
constexpr minutes renew_before{10};
constexpr minutes wait_before{1};

/// The part of the time of a caller that it waits for a renewal while the old credentials are valid; and how long
/// before they expire they are no longer handed out, because a request takes time to arrive.
constexpr int renewal_share = 4;
constexpr seconds last_use_before{5};

/// How long a failure is returned to all callers, and, while the old credentials are valid, the pause until the next
/// attempt to renew them.
constexpr seconds failure_kept{2};
constexpr seconds renewal_pause{15};

/// A provider would return the same credentials again so soon after a fetch.
constexpr seconds refusal_pause{10};

/// Credentials that were already expired when they were fetched are used for as long as botocore does at least, and
/// fetched again meanwhile.
constexpr minutes expired_used{10};
constexpr minutes expired_renewed{5};

/// Credentials and when they are renewed.
struct Kept {
    aws::Credentials credentials;
    SteadyTime fetched;
    WallTime renew = WallTime::max();  ///< when a renewal starts
    WallTime wait = WallTime::max();   ///< when calls begin to wait for it
    WallTime end = WallTime::max();    ///< when these are no longer handed out
};

Kept kept_of(aws::Credentials credentials, const Clock& clock) {
    Kept kept;
    kept.fetched = clock.now();
    if (credentials.expires) {
        const auto now = clock.wall();
        kept.end = *credentials.expires;
        if (kept.end <= now) {
            kept.end = kept.wait = now + expired_used;
            kept.renew = now + expired_renewed;
        } else {
            const auto left = kept.end - now;
            const auto early = std::min<WallTime::duration>(renew_before, left / 4);
            kept.renew = kept.end - early;
            kept.wait = kept.end - std::min<WallTime::duration>(wait_before, early / 4);
            kept.end -= std::min<WallTime::duration>(last_use_before, early / 16);
        }
    }
    kept.credentials = std::move(credentials);
    return kept;
}

}  // namespace

class CachedProvider::Impl {
 public:
    Impl(ProviderConfig config, Environment environment, ServiceEndpoints endpoints, net::Client& client,
         boost::asio::any_io_executor executor, const Clock& clock, ProviderTimeouts times)
        : config_(std::move(config)),
          environment_(std::move(environment)),
          endpoints_(std::move(endpoints)),
          executor_(std::move(executor)),
          times_(times),
          client_(client, clock),
          provider_(make_provider(config_, {environment_, endpoints_, client_, client, executor_, clock, times})) {}

    using Found = Result<std::optional<aws::Credentials>>;

    /// `self` keeps this alive during the call.
    static Awaitable<Found> credentials(std::shared_ptr<Impl> self, SteadyTime deadline);

    bool invalidate(const aws::Credentials& refused);
    void close();
    const std::string& origin() const { return config_.origin; }

 private:
    struct Failure {
        Error error;
        SteadyTime until;
    };

    const Clock& clock() const { return client_.clock(); }
    bool is_usable() const { return kept_ && clock().wall() < kept_->end; }

    static void start(const std::shared_ptr<Impl>& self);
    static Awaitable<void> fetch(std::shared_ptr<Impl> self);
    Result<aws::Credentials> checked_credentials(Result<aws::Credentials> fetched) const;
    Result<aws::Credentials> keep(const Result<aws::Credentials>& fetched);
    void land(const Result<aws::Credentials>& fetched);

    ProviderConfig config_;
    Environment environment_;
    ServiceEndpoints endpoints_;
    boost::asio::any_io_executor executor_;
    ProviderTimeouts times_;
    RetryingClient client_;
    std::unique_ptr<Provider> provider_;  ///< null if nothing is fetched

    std::optional<Kept> kept_;
    std::optional<Failure> failure_;  ///< of the last fetch
    bool is_fetching_ = false;
    std::vector<Handoff<Result<aws::Credentials>>> waiters_;
};

Awaitable<CachedProvider::Impl::Found> CachedProvider::Impl::credentials(std::shared_ptr<Impl> self,
                                                                         SteadyTime deadline) {
    if (std::holds_alternative<Anonymous>(self->config_.kind)) {
        co_return std::nullopt;
    }
    if (const auto* const keys = std::get_if<StaticCredentials>(&self->config_.kind)) {
        co_return keys->credentials;
    }
    if (self->client_.is_closed()) {
        co_return closed_error();
    }
    const auto now = self->clock().wall();
    const bool has_failed = self->failure_ && self->clock().now() < self->failure_->until;
    if (self->is_usable() && (has_failed || now < self->kept_->wait)) {
        auto credentials = self->kept_->credentials;
        if (!has_failed && now >= self->kept_->renew) {
            start(self);
        }
        co_return credentials;
    }
    if (has_failed && !self->is_fetching_) {
        co_return self->failure_->error;
    }
    Handoff<Result<aws::Credentials>> landing(self->executor_);
    self->waiters_.push_back(landing);  // before the start, because a fetch may end at once
    start(self);
    auto landed = std::optional<Result<aws::Credentials>>();
    if (self->is_usable()) {
        // A renewal that hangs must leave the caller the time for its own request.
        const auto begin = std::chrono::steady_clock::now();
        const auto share = begin + (std::max(deadline, begin) - begin) / renewal_share;
        landed = co_await landing.wait(share);
        if (!landed && !self->client_.is_closed() && self->is_usable()) {
            co_return self->kept_->credentials;
        }
    }
    if (!landed) {
        landed = co_await landing.wait(deadline);
    }
    if (landed && *landed) {
        co_return std::move(**landed);
    }
    if (landed) {
        co_return landed->error();
    }
    co_return fail(Errc::timeout, "{}: no credentials in time", self->origin());
}

bool CachedProvider::Impl::invalidate(const aws::Credentials& refused) {
    if (provider_ == nullptr) {
        return false;
    }
    if (!kept_ || kept_->credentials != refused) {
        return true;
    }
    if (clock().now() < kept_->fetched + refusal_pause) {
        return false;
    }
    log::limited(log::Level::info, "credentials", "{}: {} is rejected, fetching other credentials", origin(),
                 kept_->credentials);
    kept_.reset();
    failure_.reset();
    return true;
}

void CachedProvider::Impl::close() {
    client_.close();
    if (provider_ != nullptr) {
        provider_->close();
    }
}

void CachedProvider::Impl::start(const std::shared_ptr<Impl>& self) {
    if (std::exchange(self->is_fetching_, true)) {
        return;
    }
    boost::asio::co_spawn(self->executor_, fetch(self), [self](const std::exception_ptr& crash) {
        if (crash) {
            // Out of memory: the waiting calls must end.
            self->land(fail(Errc::unavailable, "out of memory"));
        }
    });
}

Awaitable<void> CachedProvider::Impl::fetch(std::shared_ptr<Impl> self) {
    if (self->client_.is_closed()) {
        self->land(closed_error());
        co_return;
    }
    const auto deadline = std::chrono::steady_clock::now() + self->times_.fetch;
    const auto fetched = co_await self->provider_->fetch(deadline);
    self->land(fetched);
}

Result<aws::Credentials> CachedProvider::Impl::checked_credentials(Result<aws::Credentials> fetched) const {
    if (!fetched || !fetched->expires || clock().wall() < *fetched->expires) {
        return fetched;
    }
    const auto when = aws::amz_date(*fetched->expires);
    if (!provider_->may_return_expired()) {
        return fail(Errc::denied, "the credentials have already expired, at {}: is the clock of this machine right?",
                    when);
    }
    log::limited(log::Level::warning, "credentials",
                 "{}: the credentials have already expired, at {}; they are used for some minutes", origin(), when);
    return fetched;
}

/// Stores the result of a fetch; returns what the waiting calls get.
Result<aws::Credentials> CachedProvider::Impl::keep(const Result<aws::Credentials>& fetched) {
    if (client_.is_closed()) {
        return closed_error();
    }
    auto checked = checked_credentials(fetched);
    if (checked) {
        kept_ = kept_of(*checked, clock());
        failure_.reset();
        return checked;
    }
    auto error = checked.error().within(origin());
    if (!is_usable()) {
        failure_ = Failure{error, clock().now() + failure_kept};
        return error;
    }
    const auto pause = std::clamp<WallTime::duration>(kept_->end - clock().wall(), failure_kept, renewal_pause);
    failure_ = Failure{error, clock().now() + pause};
    log::limited(log::Level::warning, "credentials", "credentials are not renewed, the old ones are used until {}: {}",
                 aws::amz_date(kept_->end), error.message);
    return kept_->credentials;
}

void CachedProvider::Impl::land(const Result<aws::Credentials>& fetched) {
    is_fetching_ = false;
    const auto outcome = keep(fetched);
    for (const auto& waiter : std::exchange(waiters_, {})) {
        waiter.put(outcome);
    }
}

CachedProvider::CachedProvider(ProviderConfig config, Environment environment, ServiceEndpoints endpoints,
                               net::Client& client, boost::asio::any_io_executor executor, const Clock& clock,
                               ProviderTimeouts times)
    : impl_(std::make_shared<Impl>(std::move(config), std::move(environment), std::move(endpoints), client,
                                   std::move(executor), clock, times)) {}

CachedProvider::~CachedProvider() {
    impl_->close();
}

Awaitable<Result<std::optional<aws::Credentials>>> CachedProvider::credentials(SteadyTime deadline) {
    return Impl::credentials(impl_, deadline);
}

bool CachedProvider::invalidate(const aws::Credentials& refused) {
    return impl_->invalidate(refused);
}

const std::string& CachedProvider::origin() const {
    return impl_->origin();
}

}  // namespace tapalcatl::credentials
