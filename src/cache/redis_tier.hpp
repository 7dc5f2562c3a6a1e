#pragma once

#include "base/clock.hpp"
#include "base/error.hpp"
#include "cache/tier.hpp"

#include <boost/asio/any_io_executor.hpp>

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

namespace tapalcatl::cache {

struct RedisTierOptions {
    std::string url;  ///< CACHE_REDIS_URL, see cache/redis_url.hpp
    /// For rediss://: PEM certificates of authorities, or why there are none (net/ca_bundle.hpp).
    Result<std::string> ca_file = fail(Errc::denied, "no certificate authorities are configured");
    std::uint64_t value_limit = 64'000'000;           ///< bytes; a longer answer ends the connection
    std::chrono::milliseconds connect_timeout{2000};  ///< name, TCP, TLS and log-in together
    std::chrono::milliseconds answer_timeout{2000};   ///< then the connection is given up
    std::uint64_t queue_limit = 1000;                 ///< commands that wait; further ones fail at once
};

/// A tier in a Redis, or in what speaks its protocol (a single server: a cluster's redirections are errors).
///
/// There are two connections, one for get() and one for put(), so that long values do not stand before short
/// questions; commands that come meanwhile go out together. A connection is made at the first use. While that fails,
/// all fails at once with unavailable, and is tried again after a second, later after up to 30. Password and user name
/// are in no message.
///
/// Fails: usage for a URL that is none.
/// Lifetime: the executor's context and the clock outlive it.
Result<std::unique_ptr<Tier>> make_redis_tier(RedisTierOptions options, boost::asio::any_io_executor executor,
                                              const Clock& clock);

}  // namespace tapalcatl::cache
