#pragma once

#include "aws/s3_error.hpp"
#include "base/admission.hpp"
#include "base/awaitable.hpp"
#include "base/clock.hpp"
#include "base/error.hpp"
#include "net/message.hpp"
#include "net/retry_policy.hpp"
#include "storage/storage.hpp"

#include <boost/asio/any_io_executor.hpp>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace tapalcatl::net {
class Client;
}

namespace tapalcatl::storage {

/// What an answer that brings no object means.
struct ClassifiedError {
    Error error;
    net::RetryClass retry = net::RetryClass::none;
    bool is_corrected = false;  ///< what was wrong has been put right: worth asking again at once
};

/// A request that is ready to be sent, and who understands a refusal of it.
struct BuiltRequest {
    net::Request request;
    std::function<ClassifiedError(const net::Response& refusal)> classify;
};

/// How one kind of HTTP server names objects, wants requests to look, and says no. Used on one executor.
class RequestBuilder {
 public:
    virtual ~RequestBuilder() = default;

    /// The request for `key` with `headers`; body_limit and deadline are set by the caller.
    /// Fails: as whoever gives credentials. Lifetime: `classify` is called while this lives.
    virtual Awaitable<Result<BuiltRequest>> build(std::string key, std::vector<net::Header> headers,
                                                  SteadyTime deadline) = 0;

    /// As Storage::name().
    virtual std::string name() const = 0;
};

/// What may be spent on second requests: one for each twenty reads, of which so many may be saved up that a bad moment
/// is met and a bad hour is not.
class HedgeBudget {
 public:
    void record_read() { saved_ = std::min(saved_ + per_read, max_saved); }

    /// Takes one, if there is one.
    bool take() {
        if (saved_ < whole) {
            return false;
        }
        saved_ -= whole;
        return true;
    }

 private:
    // Counted in twentieths, as floating point would not add up to one.
    static constexpr unsigned per_read = 1;
    static constexpr unsigned whole = 20;
    static constexpr unsigned max_saved = 10 * whole;

    unsigned saved_ = 0;
};

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
