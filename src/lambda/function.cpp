#include "lambda/function.hpp"

#include "base/log.hpp"
#include "base/log_context.hpp"
#include "base/text.hpp"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

namespace tapalcatl::lambda {
namespace {

/// What goes on for nobody, such as the slower one of two reads of the same range, is waited for so long at most. The
/// client has its answer, but the time is billed.
constexpr std::chrono::milliseconds max_settle_time{500};

void set_log_context(const Invocation& invocation) {
    log::Context fields{{"request_id", invocation.request_id}};
    if (!invocation.trace_id.empty()) {
        fields.emplace_back("trace_id", invocation.trace_id);
    }
    log::set_context(std::move(fields));
}

}  // namespace

Awaitable<Error> Function::run() {
    for (;;) {
        auto invocation = co_await api_.next();
        if (!invocation) {
            co_return invocation.error();
        }
        set_log_context(*invocation);
        const auto deadlines = deadlines_of(*invocation);
        const auto served = co_await serve(std::move(*invocation));
        if (!served && served.error().code != Errc::bad_request) {
            co_return served.error();
        }
        if (!served) {
            log::error("{}", served.error().message);
        }
        // The process is frozen when it asks for the next invocation, and not before.
        const auto settle_by = std::min(deadlines.settle, std::chrono::steady_clock::now() + max_settle_time);
        const bool is_settled = co_await settle_(settle_by);
        if (!is_settled) {
            log::debug("reads or writes go on into the next invocation");
        }
    }
}

Function::Deadlines Function::deadlines_of(const Invocation& invocation) const {
    if (!invocation.deadline) {
        return {SteadyTime::max(), SteadyTime::max()};
    }
    // Lambda tells the deadline by the wall clock.
    const auto end = std::chrono::steady_clock::now() +
                     std::chrono::duration_cast<SteadyTime::duration>(*invocation.deadline - clock_.wall());
    return {end - options_.margin, end - options_.margin / 2};
}

Awaitable<Result<void>> Function::serve(Invocation invocation) {
    auto event = parse_event(invocation.payload, options_.event);
    if (!event) {
        const auto message = event.error().message;
        log::error("{}", message);
        return api_.report(invocation.request_id, "Function.InvalidEvent", message);
    }
    if (event->shape == Shape::warm_up) {
        return api_.respond(invocation.request_id, warm_up_response());
    }
    if (event->shape == Shape::batch_job) {
        std::vector<BatchResult> results;
        for (const auto& task : event->job.tasks) {
            results.push_back(check(task, deadlines_of(invocation).answer));
        }
        return api_.respond(invocation.request_id, batch_response(event->job, results));
    }
    return serve_request(std::move(invocation), std::move(*event));
}

BatchResult Function::check(const BatchTask& task, SteadyTime deadline) const {
    if (!options_.check_object) {
        return batch_failure(task.id, fail(Errc::unsupported, "this function does not check objects"));
    }
    if (!task.version.empty()) {
        return batch_failure(task.id, fail(Errc::unsupported,
                                           "versions of objects are not checked: leave them out of "
                                           "the manifest"));
    }
    if (std::chrono::steady_clock::now() >= deadline) {
        return batch_failure(task.id, fail(Errc::timeout, "the function has no time left"));
    }
    const auto checked = options_.check_object(task.bucket, task.key);
    if (!checked) {
        log::warning("{}: {}", printable(task.key), checked.error().message);
        return batch_failure(task.id, checked.error());
    }
    return {task.id, BatchResult::Code::succeeded, *checked};
}

Awaitable<Result<void>> Function::serve_request(Invocation invocation, Event event) {
    const auto since = std::chrono::steady_clock::now();
    auto request = event.request();
    request.deadline = deadlines_of(invocation).answer;
    auto response = handler_.answer_at_once(request);
    if (!response) {
        auto answered = co_await handler_.answer(request);
        response = std::move(answered);
    }
    const bool is_streamed = options_.streams_responses && event.can_stream;
    auto encoded = is_streamed ? encode_streamed_response(*response, event) : encode_response(*response, event);
    InvocationRecord record;
    record.request_id = invocation.request_id;
    record.trace_id = invocation.trace_id;
    record.peer = event.peer;
    record.method = event.method;
    record.path = request.target.substr(0, request.target.find('?'));
    record.status = encoded.status;
    record.bytes = encoded.bytes;
    record.took = std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::steady_clock::now() - since);
    record.cache = response->cache;
    if (response->archive_key != nullptr) {
        record.archive_key = *response->archive_key;
    }
    if (encoded.is_too_large) {
        log::error("{}: the response is too large for Lambda", printable(record.path));
    }
    auto sent = co_await send(invocation.request_id, std::move(encoded));
    log_.add(record);
    co_return sent;
}

Awaitable<Result<void>> Function::send(std::string request_id, EncodedResponse response) {
    if (response.is_streamed) {
        return api_.stream(std::move(request_id), std::move(response.json), std::move(response.body));
    }
    return api_.respond(std::move(request_id), std::move(response.json));
}

}  // namespace tapalcatl::lambda
