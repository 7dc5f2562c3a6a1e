#pragma once

#include "base/awaitable.hpp"
#include "base/clock.hpp"
#include "base/error.hpp"
#include "net/dialer.hpp"
#include "net/message.hpp"
#include "net/pool.hpp"
#include "net/proxy.hpp"
#include "net/resolver.hpp"
#include "net/tls.hpp"

#include <boost/asio/any_io_executor.hpp>

#include <memory>
#include <string>

namespace tapalcatl::net {

/// An HTTP/1.1 client for http and https with persistent connections.
///
/// It is used on one executor, without locks; only the counters may be read on other threads. Redirects are not
/// followed. Lifetime: the executor's context and the clock outlive the client. Requests that are in progress when the
/// client is destroyed complete as long as the context runs.
class Client {
 public:
    struct Options {
        Timeouts timeouts;
        Pool::Options pool;
        Resolver::Options resolver;
        Proxies proxies;
        Result<std::string> ca_bundle = fail(Errc::denied, "no CA certificates are configured");
    };

    Client(boost::asio::any_io_executor executor, const Clock& clock, Options options);
    ~Client();

    /// Sends `request` and reads the whole response, whatever its status.
    ///
    /// If a reused connection turns out to be closed, the request is sent once more on a new one, provided that no byte
    /// of the response arrived, and that the request is a GET or HEAD or no byte of it was sent. There are no other
    /// retries.
    /// Fails, with the host in front: timeout (the message names the step), unavailable (unknown name, connection
    /// refused or reset, no response or an incomplete one), corrupt (not HTTP), too_large (see Request::body_limit),
    /// denied (the server's certificate, the CA file, the proxy's credentials), bad_request (a request that cannot be
    /// written).
    Awaitable<Result<Response>> send(Request request);

    /// A group of connections of its own, with a limit of its own for each origin.
    ConnectionGroup new_group(std::size_t per_origin);

    /// Closes idle connections. Otherwise the context has work until the last of them reaches the idle time-out.
    void close_idle();

    const Counters& counters() const;

 private:
    class Impl;
    std::shared_ptr<Impl> impl_;
};

/// Options with the proxies and the CA bundle that the environment names. `ca_file`, unless empty, takes precedence
/// over the environment. Fails: usage for an invalid proxy. A missing CA file is reported by the first https request.
Result<Client::Options> client_options(const EnvironmentVariables& environment, const std::string& ca_file);

}  // namespace tapalcatl::net
