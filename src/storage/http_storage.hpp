#pragma once

#include "aws/s3_error.hpp"
#include "base/awaitable.hpp"
#include "base/body_memory.hpp"
#include "base/clock.hpp"
#include "base/error.hpp"
#include "base/work_tracker.hpp"
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

/// What an error response means.
struct ClassifiedError {
    Error error;
    net::RetryClass retry = net::RetryClass::none;
    bool is_corrected = false;  ///< the cause has been corrected: the request may be sent again at once
};

/// A request that is ready to be sent, and the classifier of error responses to it.
struct BuiltRequest {
    net::Request request;
    std::function<ClassifiedError(const net::Response& refusal)> classify;
};

/// Builds requests for one kind of HTTP server and classifies its error responses. Used on one executor.
class RequestBuilder {
 public:
    virtual ~RequestBuilder() = default;

    /// The request for `key` with `headers`; body_limit and deadline are set by the caller.
    /// Fails: as the credential provider. Lifetime: `classify` is called while this lives.
    virtual Awaitable<Result<BuiltRequest>> build(std::string key, std::vector<net::Header> headers,
                                                  SteadyTime deadline) = 0;

    /// As Storage::name().
    virtual std::string name() const = 0;
};

/// Limits hedged requests to one for every 20 reads. Up to 10 are saved up: enough for a short slow phase, but not for
/// a long one.
class HedgeBudget {
 public:
    void record_read() { saved_ = std::min(saved_ + per_read, max_saved); }

    /// Spends one hedge. False if none is left.
    bool take() {
        if (saved_ < whole) {
            return false;
        }
        saved_ -= whole;
        return true;
    }

 private:
    // In twentieths of a hedge: floating-point numbers would not add up to exactly one.
    static constexpr unsigned per_read = 1;
    static constexpr unsigned whole = 20;
    static constexpr unsigned max_saved = 10 * whole;

    unsigned saved_ = 0;
};

/// Limits and timing of requests to a server.
struct HttpStorageOptions {
    net::ConnectionGroup connections{};  ///< of this storage's requests
    net::RetryOptions retry;
    std::chrono::milliseconds hedge_after{2000};         ///< without a byte of the response, a read is hedged; 0: never
    std::uint64_t whole_limit = 16 * 1024 * 1024;        ///< bytes of a response from a server that ignores the range
    std::shared_ptr<BodyMemory> body_memory;             ///< for responses longer than the range; null: unlimited
    std::function<double()> random = random_fraction();  ///< from 0 up to, not including, 1

    static std::function<double()> random_fraction();
};

/// Counts the requests to a server. Written on the storage's executor, read on any thread.
struct HttpStorageCounters {
    using Count = std::atomic<std::uint64_t>;

    Count reads{0};
    Count attempts{0};    ///< requests that were sent for these reads, hedges included
    Count retries{0};     ///< of these, after a failure
    Count hedges{0};      ///< of these, because a response was late
    Count hedges_won{0};  ///< hedges that were answered first
    Count failures{0};    ///< reads that failed for another reason than a missing or replaced object
};

/// A storage on an HTTP server of any kind. How many reads run at once is up to the caller.
///
/// Transient failures are retried as in the standard retry mode of the AWS SDKs: three attempts, backoff with full
/// jitter, and a retry quota that all reads share, so that an outage does not multiply the requests. A read whose first
/// byte is late is hedged: it is sent a second time on a new connection, for at most 5 % of all reads, and the first
/// response is used.
///
/// Two faults of servers are recognized by their answers and remembered for the whole storage. If suffix ranges are
/// ignored or taken for a prefix, the end of an object is requested by its position: one more request for its size
/// unless a version is expected. If If-Match or If-Unmodified-Since fails for an object whose version is the same, they
/// are left out, and only the version of the answer is compared.
class HttpStorage final : public Storage {
 public:
    /// Lifetime: client, clock and the executor's context outlive this, and this outlives its reads.
    HttpStorage(std::unique_ptr<RequestBuilder> request_builder, HttpStorageOptions options, net::Client& client,
                boost::asio::any_io_executor executor);

    Awaitable<Result<Content>> read(std::string key, Range range, Condition condition, SteadyTime deadline) override;
    std::string name() const override { return request_builder_->name(); }
    Awaitable<bool> settle(SteadyTime deadline) override { return requests_.wait_until_idle(deadline); }

    const HttpStorageCounters& counters() const { return counters_; }

 private:
    struct Outcome;
    struct Race;

    /// How the server takes "bytes=-100".
    enum class SuffixRanges {
        expected,   ///< as RFC 9110, section 14.1.2, says, until an answer shows otherwise
        unknown,    ///< not: the end of an object is requested by its position
        no_ranges,  ///< not, and it ignores other ranges, too: it always sends the whole object
    };

    Awaitable<Result<Content>> read_range(std::string key, Range range, Condition condition, SteadyTime deadline);
    /// `sent` is the part of `condition` that is sent; the version of an answer is compared in any case.
    Awaitable<Outcome> attempt(std::string key, Range range, Condition condition, Condition sent, SteadyTime deadline);
    Awaitable<Outcome> race(BuiltRequest built, Range range, Condition condition);
    Outcome outcome_of(net::Response& response, const Race& race);
    void request_ends_by_position();
    void leave_out_preconditions();
    void start(const std::shared_ptr<Race>& race, bool is_hedge);
    Awaitable<void> run(std::shared_ptr<Race> race, bool is_hedge, WorkTracker::Work under_way);

    std::unique_ptr<RequestBuilder> request_builder_;
    HttpStorageOptions options_;
    net::Client& client_;
    boost::asio::any_io_executor executor_;
    WorkTracker requests_;
    net::RetryTokens tokens_;
    HedgeBudget hedge_budget_;
    SuffixRanges suffix_ranges_ = SuffixRanges::expected;
    bool are_preconditions_wrong_ = false;  ///< it answered 412 though the version was the same
    HttpStorageCounters counters_;
};

}  // namespace tapalcatl::storage
