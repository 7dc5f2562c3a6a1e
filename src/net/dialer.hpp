#pragma once

#include "base/awaitable.hpp"
#include "base/error.hpp"
#include "base/url.hpp"
#include "net/connection.hpp"
#include "net/proxy.hpp"
#include "net/resolver.hpp"

#include <chrono>
#include <memory>

namespace tapalcatl::net {

class Tls;

/// The maximum duration of each step of a request. No step lasts beyond the request's deadline.
struct Timeouts {
    std::chrono::milliseconds resolve{2000};
    std::chrono::milliseconds connect{1000};  ///< for all addresses together
    std::chrono::milliseconds tunnel{2000};   ///< for the proxy's response to CONNECT
    std::chrono::milliseconds tls{2000};
    std::chrono::milliseconds first_byte{5000};  ///< from the start of sending the request
    std::chrono::milliseconds stall{4000};       ///< between two reads of one response
};

/// Establishes connections: DNS, TCP, proxy, TLS. Lifetime: what the constructor takes by reference outlives the
/// dialer, which outlives each call of open().
class Dialer {
 public:
    Dialer(boost::asio::any_io_executor executor, Resolver& resolver, std::shared_ptr<Tls> tls, const Proxies& proxies,
           const Timeouts& timeouts)
        : executor_(std::move(executor)),
          resolver_(resolver),
          tls_(std::move(tls)),
          proxies_(proxies),
          timeouts_(timeouts) {}

    /// A new connection to the server of `url`, or to the proxy for it, ready for a request.
    /// Fails: timeout, unavailable, denied (certificate, CA file, refusal of the proxy), corrupt.
    Awaitable<Result<std::unique_ptr<Connection>>> open(Url url, SteadyTime deadline);

 private:
    Awaitable<Result<std::unique_ptr<Connection>>> connect(std::string host, std::uint16_t port, SteadyTime deadline);
    Awaitable<Result<void>> open_tunnel(Connection& connection, Url url, SteadyTime deadline);

    boost::asio::any_io_executor executor_;
    Resolver& resolver_;
    std::shared_ptr<Tls> tls_;
    const Proxies& proxies_;
    const Timeouts& timeouts_;
};

}  // namespace tapalcatl::net
