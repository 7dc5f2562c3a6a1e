#pragma once

#include "base/awaitable.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include <exception>
#include <optional>
#include <stdexcept>
#include <utility>

namespace tapalcatl::tests {

/// A coroutine that was started; its value is there once the context has run far enough.
template <class T>
class Running {
 public:
    Running(boost::asio::io_context& context, Awaitable<T> work) : value_(std::make_shared<std::optional<T>>()) {
        boost::asio::co_spawn(context, std::move(work), [value = value_](std::exception_ptr thrown, T result) {
            if (thrown) {
                std::rethrow_exception(thrown);
            }
            value->emplace(std::move(result));
        });
    }

    bool done() const { return value_->has_value(); }
    const T& operator*() const { return value_->value(); }
    const T* operator->() const { return &value_->value(); }
    T take() { return std::move(value_->value()); }

 private:
    std::shared_ptr<std::optional<T>> value_;
};

/// Runs `context` until `work` is done and answers its value. Fails the test by an exception if that never happens.
template <class T>
T run(boost::asio::io_context& context, Awaitable<T> work) {
    Running<T> running(context, std::move(work));
    context.restart();
    while (!running.done()) {
        if (context.run_one() == 0) {
            throw std::logic_error("the coroutine waits for something that never comes");
        }
    }
    return running.take();
}

/// Runs all that is ready now.
inline void settle(boost::asio::io_context& context) {
    context.restart();
    context.poll();
}

}  // namespace tapalcatl::tests
