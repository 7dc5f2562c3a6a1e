#pragma once

#include "base/admission.hpp"
#include "base/clock.hpp"
#include "net/message.hpp"
#include "net/retry_policy.hpp"
#include "storage/hedge_budget.hpp"
#include "storage/request_builder.hpp"
#include "storage/storage.hpp"

#include <boost/asio/any_io_executor.hpp>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

namespace tapalcatl::net {
class Client;
}

namespace tapalcatl::storage {

/// How hard a server is asked.
struct HttpStorageOptions {
    net::RetryOptions retry;
    std::size_t max_concurrent_reads = 64;               ///< reads that are under way; the others queue
    std::chrono::milliseconds hedge_after{2000};         ///< without a byte of the answer; 0: never
    std::uint64_t whole_limit = 16 * 1024 * 1024;        ///< bytes of an answer to a range that the server ignored
    std::function<double()> random = random_fraction();  ///< from 0 up to, not including, 1

    static std::function<double()> random_fraction();
};

/// What was asked of a server. Written on the storage's executor, read anywhere.
struct HttpStorageCounters {
    using Count = std::atomic<std::uint64_t>;

    Count reads{0};
    Count attempts{0};    ///< requests that were sent for them, hedges included
    Count retries{0};     ///< of these, after a failure
    Count hedges{0};      ///< of these, because an answer was late
    Count hedges_won{0};  ///< of these, those that answered first
    Count failures{0};    ///< reads that came to nothing but a missing object
};

/// Objects behind an HTTP server of any kind.
///
/// Failures that may pass are tried again as AWS's standard mode has it: three attempts, backoff with full jitter, and
/// tokens that all reads share, so that an outage is not met with more requests. A read whose first byte is late is
/// asked for once more on a new connection, for at most 1 of 20 reads; the first answer counts.
class HttpStorage final : public Storage {
 public:
    /// Lifetime: client, clock and the executor's context outlive this, and this outlives its reads.
    HttpStorage(std::unique_ptr<RequestBuilder> request_builder, HttpStorageOptions options, net::Client& client,
                boost::asio::any_io_executor executor);

    Awaitable<Result<Content>> read(std::string key, Range range, Condition condition, SteadyTime deadline) override;
    std::string name() const override { return request_builder_->name(); }

    const HttpStorageCounters& counters() const { return counters_; }

 private:
    struct Outcome;
    struct Race;

    Awaitable<Outcome> attempt(std::string key, Range range, Condition condition, SteadyTime deadline);
    Awaitable<Outcome> race(BuiltRequest built, Range range, Condition condition);
    void start(const std::shared_ptr<Race>& race, bool is_hedge);
    Awaitable<void> run(std::shared_ptr<Race> race, bool is_hedge);

    std::unique_ptr<RequestBuilder> request_builder_;
    HttpStorageOptions options_;
    net::Client& client_;
    boost::asio::any_io_executor executor_;
    std::shared_ptr<Admission> admission_;
    net::RetryTokens tokens_;
    HedgeBudget hedge_budget_;
    HttpStorageCounters counters_;
};

}  // namespace tapalcatl::storage
