#pragma once

#include <boost/asio/awaitable.hpp>

namespace tapalcatl {

/// A coroutine over Asio. The shapes of `co_await` that g++ 12 compiles rightly: CONTRIBUTING.md, "Waiting".
template <class T>
using Awaitable = boost::asio::awaitable<T>;

}  // namespace tapalcatl
