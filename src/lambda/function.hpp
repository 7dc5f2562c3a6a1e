#pragma once

#include "base/awaitable.hpp"
#include "base/clock.hpp"
#include "base/error.hpp"
#include "lambda/event.hpp"
#include "lambda/invocation_log.hpp"
#include "lambda/response.hpp"
#include "lambda/runtime_api.hpp"
#include "service/handler.hpp"

#include <chrono>
#include <functional>
#include <string>

namespace tapalcatl::lambda {

/// The front end for AWS Lambda: invocations in, one after the other, and answers out.
///
/// A request is always answered as HTTP answers, also while the storage fails. Only an event without a request that is
/// no warm-up is an error of the invocation.
class Function {
 public:
    struct Options {
        EventOptions event;
        /// Responses are streamed where the front can take that. It must be set up for it: what it takes is not told.
        bool streams_responses = false;
        /// The storage has to answer so long before the invocation's deadline, at which Lambda ends the process.
        std::chrono::milliseconds margin{200};
        /// Checks an object as an archive, on the calling thread, for S3 Batch Operations. Returns what was checked,
        /// for people. Null: nothing is checked.
        std::function<Result<std::string>(const std::string& bucket, const std::string& key)> check_object;
    };

    /// Waits until the background work has ended, as source::TileSource::settle().
    using Settle = std::function<Awaitable<bool>(SteadyTime deadline)>;

    /// Lifetime: what is taken by reference outlives this.
    Function(service::Handler& handler, RuntimeApi& api, InvocationLog& log, Settle settle, const Clock& clock,
             Options options)
        : handler_(handler),
          api_(api),
          log_(log),
          settle_(std::move(settle)),
          clock_(clock),
          options_(std::move(options)) {}

    /// Answers invocations until the Runtime API is gone, which is the failure that is returned.
    Awaitable<Error> run();

 private:
    /// The times by which something of an invocation is done.
    struct Deadlines {
        SteadyTime answer;  ///< the storage
        SteadyTime settle;  ///< the background work
    };
    Deadlines deadlines_of(const Invocation& invocation) const;
    Awaitable<Result<void>> serve(Invocation invocation);
    BatchResult check(const BatchTask& task, SteadyTime deadline) const;
    Awaitable<Result<void>> serve_request(Invocation invocation, Event event);
    Awaitable<Result<void>> send(std::string request_id, EncodedResponse response);

    service::Handler& handler_;
    RuntimeApi& api_;
    InvocationLog& log_;
    Settle settle_;
    const Clock& clock_;
    Options options_;
};

}  // namespace tapalcatl::lambda
