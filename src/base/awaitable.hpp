#pragma once

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace tapalcatl {

/// A coroutine over Asio. The shapes of `co_await` that g++ 12 compiles rightly: CONTRIBUTING.md, "Waiting".
template <class T>
using Awaitable = boost::asio::awaitable<T>;

/// The completion token for an operation of Asio whose error is a value: `const auto [error, size] = co_await ...`.
inline constexpr auto as_result = boost::asio::as_tuple(boost::asio::use_awaitable);

}  // namespace tapalcatl
