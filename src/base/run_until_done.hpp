#pragma once

#include "base/awaitable.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include <exception>
#include <optional>
#include <utility>

namespace tapalcatl {

template <class T>
Awaitable<void> keep_result(Awaitable<T> work, std::optional<T>& result) {
    auto value = co_await std::move(work);
    result.emplace(std::move(value));
}

/// Runs `context` on this thread until `work` is done, and returns its value. Other work of the context continues with
/// the next call. Requires: no other thread runs the context, and `work` ends.
template <class T>
T run_until_done(boost::asio::io_context& context, Awaitable<T> work) {
    std::optional<T> result;
    std::exception_ptr thrown;
    bool is_done = false;  // not when the result is set: until it ends, the coroutine refers to this frame
    boost::asio::co_spawn(context, keep_result(std::move(work), result), [&](std::exception_ptr exception) {
        thrown = std::move(exception);
        is_done = true;
    });
    context.restart();
    // run() would also wait for the timers of idle connections.
    while (!is_done && context.run_one() > 0) {
    }
    if (thrown) {
        std::rethrow_exception(thrown);
    }
    return std::move(*result);
}

}  // namespace tapalcatl
