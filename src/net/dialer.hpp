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

/// How long each step of a request may take at most; none goes past the request's deadline.
struct Timeouts {
    std::chrono::milliseconds resolve{2000};
    std::chrono::milliseconds connect{1000};  ///< all addresses together
    std::chrono::milliseconds tunnel{2000};   ///< a proxy's answer
    std::chrono::milliseconds tls{2000};
    std::chrono::milliseconds first_byte{5000};  ///< from sending the request
    std::chrono::milliseconds stall{4000};       ///< from one piece of an answer to the next
};

/// Makes connections: name, TCP, proxy, TLS. Lifetime: what it is made of outlives it, and it outlives open().
class Dialer {
 public:
    Dialer(boost::asio::any_io_executor executor, Resolver& resolver, std::shared_ptr<Tls> tls, const Proxies& proxies,
           const Timeouts& timeouts)
        : executor_(std::move(executor)),
          resolver_(resolver),
          tls_(std::move(tls)),
          proxies_(proxies),
          timeouts_(timeouts) {}

    /// A new connection to where `url` is, or to the proxy through which it is reached, ready for a request.
    /// Fails: timeout, unavailable, denied (certificate, authorities, the proxy's refusal), corrupt.
    Awaitable<Result<std::unique_ptr<Connection>>> open(Url url, SteadyTime deadline);

 private:
    Awaitable<Result<std::unique_ptr<Connection>>> connect(std::string host, std::uint16_t port, SteadyTime deadline);
    Awaitable<Result<void>> ask_for_tunnel(Connection& connection, Url url, SteadyTime deadline);

    boost::asio::any_io_executor executor_;
    Resolver& resolver_;
    std::shared_ptr<Tls> tls_;
    const Proxies& proxies_;
    const Timeouts& timeouts_;
};

}  // namespace tapalcatl::net
