#include "storage/http_storage.hpp"

#include "base/handoff.hpp"
#include "base/log.hpp"
#include "net/client.hpp"
#include "storage/object_response.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <limits>
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
    answer.skipped_size = response.skipped_size;
    return answer;
}

/// The bytes of a response that the reader of the range expects, and has charged.
std::uint64_t charged_size(const Range& range) {
    if (const auto* span = std::get_if<Span>(&range)) {
        return span->size;
    }
    const auto* suffix = std::get_if<Suffix>(&range);
    return suffix != nullptr ? suffix->size : 0;
}

/// Keeps no long body for a short range; otherwise keeps it charged.
void settle_charge(Content& content, BodyCharge& charge) {
    if (content.bytes.size() <= charge.size() / 2) {
        content.bytes = copy_of(content.bytes.view());
        return;
    }
    content.bytes = charged(std::move(content.bytes), charge.finish());
}

bool brings_object(unsigned status) {
    return status == 200 || status == 206 || status == 304 || status == 412;
}

/// `condition` as it is sent to a server whose If-Match is wrong.
Condition without_precondition(const Condition& condition) {
    return std::holds_alternative<IfMatch>(condition) ? Condition{} : condition;
}

/// The end of an object of `size` bytes, by its position.
Range end_by_position(Suffix suffix, std::uint64_t size) {
    const auto length = std::min(suffix.size, size);
    return length == 0 ? Range{Whole{}} : Range{Span{size - length, length}};
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
    bool has_failed_precondition = false;    ///< status 412
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
      executor_(std::move(executor)),
      requests_(executor_) {}

Awaitable<Result<Content>> HttpStorage::read(std::string key, Range range, Condition condition, SteadyTime deadline) {
    const auto* suffix = std::get_if<Suffix>(&range);
    if (suffix == nullptr) {
        auto content = co_await read_range(key, range, condition, deadline);
        co_return content;
    }
    const bool was_expected = suffix_ranges_ == SuffixRanges::expected;
    if (suffix_ranges_ == SuffixRanges::unknown) {
        const auto* match = std::get_if<IfMatch>(&condition);
        if (match != nullptr) {
            range = end_by_position(*suffix, match->version.size);
        } else {
            const Range first_byte = Span{0, 1};
            auto probe = co_await read_range(key, first_byte, condition, deadline);
            if (!probe || probe->not_modified) {
                co_return probe;
            }
            range = end_by_position(*suffix, probe->version.size);
            condition = IfMatch{std::move(probe->version)};
        }
    }
    auto content = co_await read_range(key, range, condition, deadline);
    if (!content && content.error().code == Errc::too_large && was_expected) {
        // More than the suffix came, and nothing said how much: the size is asked for separately.
        request_ends_by_position();
        auto again = co_await read(key, range, condition, deadline);
        co_return again;
    }
    co_return content;
}

Awaitable<Result<Content>> HttpStorage::read_range(std::string key, Range range, Condition condition,
                                                   SteadyTime deadline) {
    count(counters_.reads);
    hedge_budget_.record_read();
    net::Retry retry(tokens_, options_.retry, options_.random);
    unsigned corrections = 0;
    auto sent = are_preconditions_wrong_ ? without_precondition(condition) : condition;
    for (;;) {
        auto outcome = co_await attempt(key, range, condition, sent, deadline);
        if (outcome.content) {
            retry.after_success();
            if (std::holds_alternative<IfMatch>(condition) && !std::holds_alternative<IfMatch>(sent)) {
                leave_out_preconditions();
            }
            co_return std::move(outcome.content);
        }
        const auto& error = outcome.content.error();
        if (outcome.has_failed_precondition && std::holds_alternative<IfMatch>(sent)) {
            sent = Condition{};  // the version of the answer shows whether it is right
            continue;
        }
        if (outcome.other_range) {
            range = *outcome.other_range;
            const auto* match = std::get_if<IfMatch>(&condition);
            if (outcome.other_version && match != nullptr && match->version != *outcome.other_version) {
                co_return fail(Errc::replaced, "the object changed since it was first read");
            }
            if (outcome.other_version) {
                condition = IfMatch{std::move(*outcome.other_version)};
                sent = are_preconditions_wrong_ ? without_precondition(condition) : condition;
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

Awaitable<HttpStorage::Outcome> HttpStorage::attempt(std::string key, Range range, Condition condition, Condition sent,
                                                     SteadyTime deadline) {
    auto headers = object_request_headers(range, sent);
    auto built = co_await request_builder_->build(key, std::move(headers), deadline);
    if (!built) {
        co_return Outcome{built.error()};
    }
    built->request.body_limit = body_limit(range, options_.whole_limit);
    const auto* suffix = std::get_if<Suffix>(&range);
    if (suffix != nullptr && suffix_ranges_ == SuffixRanges::expected) {
        // One more: "bytes=-100" taken for "bytes=0-100" brings 101.
        built->request.body_limit = suffix->size + (suffix->size < std::numeric_limits<std::uint64_t>::max() ? 1 : 0);
        built->request.may_skip_body = true;
    }
    built->request.deadline = deadline;
    built->request.connections = options_.connections;
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
    asio::co_spawn(executor_, run(race, is_hedge, requests_.begin()), asio::detached);
}

Awaitable<void> HttpStorage::run(std::shared_ptr<Race> race, bool is_hedge,
                                 [[maybe_unused]] WorkTracker::Work under_way) {
    auto request = race->built.request;
    request.new_connection = is_hedge;
    request.has_begun = race->has_begun;
    if (options_.body_memory != nullptr) {
        // A hedge is on top of what the reader expects.
        request.charge = options_.body_memory->charge(is_hedge ? 0 : charged_size(race->range));
    }
    const auto charge = request.charge;
    auto response = co_await client_.send(std::move(request));
    --race->running;
    if (race->is_decided) {
        co_return;
    }
    Outcome outcome{fail(Errc::unavailable, "no answer")};
    if (response) {
        outcome = outcome_of(*response, *race);
        if (outcome.content && charge != nullptr && charge->has_grown()) {
            settle_charge(*outcome.content, *charge);
        }
    } else {
        outcome.content = response.error();
        outcome.retry = retry_class_of(response.error());
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

HttpStorage::Outcome HttpStorage::outcome_of(net::Response& response, const Race& race) {
    Outcome outcome{fail(Errc::unavailable, "no answer")};
    if (needs_whole_object(response.status, race.range)) {
        outcome.other_range = Whole{};
        return outcome;
    }
    if (!brings_object(response.status)) {
        auto classified = race.built.classify(response);
        outcome.content = std::move(classified.error);
        outcome.retry = classified.retry;
        outcome.is_corrected = classified.is_corrected;
        outcome.asked = net::retry_after(response.find("x-amz-retry-after").value_or(""),
                                         response.find("Retry-After").value_or(""), std::chrono::system_clock::now());
        return outcome;
    }
    const auto answer = object_response(response);
    outcome.has_failed_precondition = answer.status == 412;
    outcome.other_version = version_without_suffix(answer, race.range);
    if (outcome.other_version) {
        request_ends_by_position();
        outcome.other_range = end_by_position(std::get<Suffix>(race.range), outcome.other_version->size);
        return outcome;
    }
    if (answer.skipped_size) {
        outcome.content = fail(Errc::too_large, "answered {} with {} bytes, more than were asked for", answer.status,
                               *answer.skipped_size);
        return outcome;
    }
    const auto* span = std::get_if<Span>(&race.range);
    if (span != nullptr && answer.status == 200 && answer.body.size() > span->size) {
        suffix_ranges_ = SuffixRanges::no_ranges;
    }
    outcome.content = parse_object_response(answer, race.range, race.condition);
    return outcome;
}

void HttpStorage::request_ends_by_position() {
    if (suffix_ranges_ == SuffixRanges::expected) {
        suffix_ranges_ = SuffixRanges::unknown;
        log::info("storage {} does not know ranges such as 'bytes=-100': the end of an archive is read by its position",
                  name());
    }
}

void HttpStorage::leave_out_preconditions() {
    if (!std::exchange(are_preconditions_wrong_, true)) {
        log::warning(
            "storage {} answers 412 to If-Match though the object has not changed: it is left out from now on, and "
            "only the versions of answers are compared",
            name());
    }
}

}  // namespace tapalcatl::storage
