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

/// Runs `context` on this thread until `work` is done. Requires: nothing else runs it, and `work` does not wait for
/// what never comes. What else is under way goes on with the next call.
template <class T>
T run_until_done(boost::asio::io_context& context, Awaitable<T> work) {
    std::optional<T> result;
    std::exception_ptr thrown;
    bool is_done = false;  // later than the result: the coroutine has yet to end, and it refers to this frame
    boost::asio::co_spawn(context, keep_result(std::move(work), result), [&](std::exception_ptr exception) {
        thrown = std::move(exception);
        is_done = true;
    });
    context.restart();
    // Not run(): timers of connections that are kept for later would hold it.
    while (!is_done && context.run_one() > 0) {
    }
    if (thrown) {
        std::rethrow_exception(thrown);
    }
    return std::move(*result);
}

}  // namespace tapalcatl
