#include "storage/http_storage.hpp"

#include "base/handoff.hpp"
#include "net/client.hpp"
#include "storage/object_response.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <optional>
#include <random>
#include <utility>

namespace tapalcatl::storage {

namespace asio = boost::asio;

namespace {

/// Region, clock and credentials may be wrong at the same time. Each is corrected once.
constexpr unsigned max_corrections = 3;

/// The client ends a request at its deadline. After this further time its result is not waited for.
constexpr std::chrono::milliseconds grace{50};

void count(HttpStorageCounters::Count& counter) {
    counter.fetch_add(1, std::memory_order_relaxed);
}

/// Whether a request that failed without a response may be retried.
net::RetryClass retry_class_of(const Error& error) {
    const bool may_pass = error.code == Errc::unavailable || error.code == Errc::timeout || error.code == Errc::corrupt;
    return may_pass ? net::RetryClass::transient : net::RetryClass::none;
}

ObjectResponse object_response(net::Response& response) {
    ObjectResponse answer;
    answer.status = response.status;
    answer.etag = response.find("ETag").value_or("");
    answer.last_modified = response.find("Last-Modified").value_or("");
    answer.content_range = response.find("Content-Range").value_or("");
    answer.content_encoding = response.find("Content-Encoding").value_or("");
    answer.body = SharedBytes(std::move(response.body));
    return answer;
}

bool brings_object(unsigned status) {
    return status == 200 || status == 206 || status == 304 || status == 412;
}

}  // namespace

std::function<double()> HttpStorageOptions::random_fraction() {
    return [engine = std::minstd_rand(std::random_device()())]() mutable {
        return std::uniform_real_distribution<double>(0, 1)(engine);
    };
}

/// The result of an attempt.
struct HttpStorage::Outcome {
    Result<Content> content;
    net::RetryClass retry = net::RetryClass::none;
    std::optional<std::chrono::milliseconds> asked{};  ///< the wait that the server asked for (Retry-After)
    bool is_corrected = false;
    std::optional<Range> other_range{};      ///< to be requested instead
    std::optional<Version> other_version{};  ///< of which
};

/// A request and, if its response is late, its hedge.
struct HttpStorage::Race {
    Race(BuiltRequest what, Range of, Condition under, const asio::any_io_executor& executor)
        : built(std::move(what)), range(of), condition(std::move(under)), finish(executor) {}

    BuiltRequest built;
    Range range;
    Condition condition;
    Handoff<Outcome> finish;
    unsigned running = 0;
    bool is_decided = false;
    std::shared_ptr<bool> has_begun = std::make_shared<bool>(false);
};

HttpStorage::HttpStorage(std::unique_ptr<RequestBuilder> request_builder, HttpStorageOptions options,
                         net::Client& client, asio::any_io_executor executor)
    : request_builder_(std::move(request_builder)),
      options_(std::move(options)),
      client_(client),
      executor_(executor),
      read_slots_(std::make_shared<FairSemaphore>(std::move(executor), options_.max_concurrent_reads)) {}

Awaitable<Result<Content>> HttpStorage::read(std::string key, Range range, Condition condition, SteadyTime deadline) {
    count(counters_.reads);
    hedge_budget_.record_read();
    net::Retry retry(tokens_, options_.retry, options_.random);
    unsigned corrections = 0;
    for (;;) {
        auto outcome = co_await attempt(key, range, condition, deadline);
        if (outcome.content) {
            retry.after_success();
            co_return std::move(outcome.content);
        }
        const auto& error = outcome.content.error();
        if (outcome.other_range) {
            range = *outcome.other_range;
            if (outcome.other_version) {
                condition = IfMatch{std::move(*outcome.other_version)};
            }
            continue;
        }
        if (outcome.is_corrected && corrections < max_corrections) {
            ++corrections;
            continue;
        }
        const auto now = std::chrono::steady_clock::now();
        const auto wait = retry.after_failure(outcome.retry, outcome.asked, now, deadline);
        if (!wait) {
            if (error.code != Errc::not_found && error.code != Errc::replaced) {
                count(counters_.failures);
            }
            co_return retry.failed() > 1 ? fail(error.code, "{} (attempt {})", error.message, retry.failed()) : error;
        }
        count(counters_.retries);
        asio::steady_timer timer(executor_, now + *wait);
        co_await timer.async_wait(asio::use_awaitable);
    }
}

Awaitable<HttpStorage::Outcome> HttpStorage::attempt(std::string key, Range range, Condition condition,
                                                     SteadyTime deadline) {
    const bool entered = co_await read_slots_->acquire(1, deadline);
    if (!entered) {
        co_return Outcome{
            fail(Errc::timeout, "timed out waiting for one of {} reads at once", options_.max_concurrent_reads)};
    }
    const SemaphorePermit under_way(read_slots_, 1);
    auto headers = object_request_headers(range, condition);
    auto built = co_await request_builder_->build(key, std::move(headers), deadline);
    if (!built) {
        co_return Outcome{built.error()};
    }
    built->request.body_limit = body_limit(range, options_.whole_limit);
    built->request.deadline = deadline;
    auto outcome = co_await race(std::move(*built), range, condition);
    co_return outcome;
}

Awaitable<HttpStorage::Outcome> HttpStorage::race(BuiltRequest built, Range range, Condition condition) {
    const auto deadline = built.request.deadline;
    const auto race = std::make_shared<Race>(std::move(built), range, std::move(condition), executor_);
    start(race, false);
    if (options_.hedge_after.count() > 0) {
        const auto late = std::chrono::steady_clock::now() + options_.hedge_after;
        if (late < deadline) {
            auto outcome = co_await race->finish.wait(late);
            if (outcome) {
                co_return std::move(*outcome);
            }
            if (!*race->has_begun && hedge_budget_.take()) {
                count(counters_.hedges);
                start(race, true);
            }
        }
    }
    auto outcome = co_await race->finish.wait(deadline + grace);
    if (!outcome) {
        co_return Outcome{fail(Errc::timeout, "no answer before the deadline")};
    }
    co_return std::move(*outcome);
}

void HttpStorage::start(const std::shared_ptr<Race>& race, bool is_hedge) {
    ++race->running;
    count(counters_.attempts);
    asio::co_spawn(executor_, run(race, is_hedge), asio::detached);
}

Awaitable<void> HttpStorage::run(std::shared_ptr<Race> race, bool is_hedge) {
    auto request = race->built.request;
    request.new_connection = is_hedge;
    request.has_begun = race->has_begun;
    auto response = co_await client_.send(std::move(request));
    --race->running;
    if (race->is_decided) {
        co_return;
    }
    Outcome outcome{fail(Errc::unavailable, "no answer")};
    if (!response) {
        outcome.content = response.error();
        outcome.retry = retry_class_of(response.error());
    } else if (brings_object(response->status)) {
        const auto answer = object_response(*response);
        outcome.other_version = version_of_prefix(answer, race->range);
        if (outcome.other_version) {
            const auto tail = resolve(race->range, outcome.other_version->size);
            outcome.other_range = *tail;
        } else {
            outcome.content = parse_object_response(answer, race->range, race->condition);
        }
    } else if (needs_whole_object(response->status, race->range)) {
        outcome.other_range = Whole{};
    } else {
        auto classified = race->built.classify(*response);
        outcome.content = std::move(classified.error);
        outcome.retry = classified.retry;
        outcome.is_corrected = classified.is_corrected;
        outcome.asked = net::retry_after(response->find("x-amz-retry-after").value_or(""),
                                         response->find("Retry-After").value_or(""), std::chrono::system_clock::now());
    }
    // A transient failure does not end the race while the other request is still running.
    if (outcome.retry != net::RetryClass::none && race->running > 0) {
        co_return;
    }
    race->is_decided = true;
    if (is_hedge && outcome.content) {
        count(counters_.hedges_won);
    }
    race->finish.put(std::move(outcome));
}

}  // namespace tapalcatl::storage
