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
    /// For rediss://: a file of PEM certificates, or the reason why there is none (net/tls.hpp).
    Result<std::string> ca_file = fail(Errc::denied, "no certificate authorities are configured");
    std::uint64_t value_limit = 64'000'000;           ///< bytes; a longer reply closes the connection
    std::chrono::milliseconds connect_timeout{2000};  ///< name, TCP, TLS and authentication together
    std::chrono::milliseconds answer_timeout{2000};   ///< then the connection is closed
    std::uint64_t queue_limit = 1000;                 ///< commands that wait; further commands fail at once
};

/// A tier in a Redis server, or in a server with its protocol. A cluster's redirections are errors.
///
/// There are two connections, one for get() and one for put(), so that large values do not delay short requests;
/// waiting commands are sent together. A connection is opened at its first use. While that fails, all calls fail at
/// once with unavailable; it is tried again after 1 s, later after up to 30 s. No message contains password or user
/// name.
///
/// Fails: usage for an invalid URL.
/// Lifetime: the executor's context and the clock outlive it.
Result<std::unique_ptr<Tier>> make_redis_tier(RedisTierOptions options, boost::asio::any_io_executor executor,
                                              const Clock& clock);

}  // namespace tapalcatl::cache
