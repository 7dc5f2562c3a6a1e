#pragma once

#include "base/error.hpp"
#include "base/text.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace tapalcatl::cache {

/// Where a Redis is, and how to log in.
struct RedisAddress {
    std::string host;  ///< a name or an address, IPv6 without brackets; empty: a Unix socket
    std::uint16_t port = 6379;
    std::string socket_path;  ///< of a Unix socket
    bool is_tls = false;
    bool verifies = true;  ///< the server's certificate
    std::string ca_file;   ///< PEM certificates of authorities, if the URL names them
    std::string user;
    Secret password;
    std::uint32_t database = 0;

    /// For people: "redis://cache:6379/0". No user, no password.
    std::string text() const;

    friend bool operator==(const RedisAddress&, const RedisAddress&) = default;
};

/// Reads a URL as redis-py's from_url() does:
///
///     redis://user:password@host:6379/0     rediss://... for TLS     unix://user:password@/path?db=0
///
/// All parts may be left out but a Unix socket's path; user, password and path are percent-decoded. `redis+socket` is
/// another name for `unix`. Of the query, `db`, `username` and `password` go before what the URL says elsewhere;
/// `ssl_cert_reqs=none` takes any certificate, `ssl_ca_certs` names a file of authorities. Others are ignored, as they
/// are redis-py's own, but for those on TLS.
/// Fails: usage. The message has nothing of the URL in it, as it may be the password.
Result<RedisAddress> parse_redis_url(std::string_view text);

}  // namespace tapalcatl::cache
