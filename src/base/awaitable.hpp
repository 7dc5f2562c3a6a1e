#pragma once

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace tapalcatl {

/// A coroutine of Asio. CONTRIBUTING.md, "Waiting", shows the forms of `co_await` that g++ 12 compiles correctly.
template <class T>
using Awaitable = boost::asio::awaitable<T>;

/// The completion token of an operation that returns its error as a value: `const auto [error, size] = co_await ...`.
inline constexpr auto as_result = boost::asio::as_tuple(boost::asio::use_awaitable);

}  // namespace tapalcatl
