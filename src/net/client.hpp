#pragma once

#include "base/awaitable.hpp"
#include "base/clock.hpp"
#include "base/error.hpp"
#include "net/ca_bundle.hpp"
#include "net/counters.hpp"
#include "net/dialer.hpp"
#include "net/message.hpp"
#include "net/pool.hpp"
#include "net/proxy.hpp"
#include "net/resolver.hpp"

#include <boost/asio/any_io_executor.hpp>

#include <memory>
#include <string>

namespace tapalcatl::net {

/// An HTTP/1.1 client for http and https that keeps connections for the next request.
///
/// Used on one executor, without locks; only the counters may be read elsewhere. Redirects are not followed.
/// Lifetime: the executor's context and the clock outlive this. Requests may be under way when it is destroyed: they
/// come to their end as long as the context runs.
class Client {
 public:
    struct Options {
        Timeouts timeouts;
        Pool::Options pool;
        Resolver::Options resolver;
        Proxies proxies;
        Result<std::string> ca_bundle = fail(Errc::denied, "no certificate authorities are configured");
    };

    Client(boost::asio::any_io_executor executor, const Clock& clock, Options options);
    ~Client();

    /// Sends `request` and reads the whole answer, whatever its status.
    ///
    /// A connection that was used before and turns out to be dead is replaced once, unseen, if not a byte of the answer
    /// came and the request is a GET or HEAD, or not a byte of it was sent. Nothing else is tried twice.
    /// Fails, with the host in front: timeout (the message says at what), unavailable (no such name, refused, reset, no
    /// answer, or one that is cut off), corrupt (not HTTP), too_large (see Request::body_limit), denied (the server's
    /// certificate, the authorities' file, the proxy's credentials), bad_request (a request that cannot be written).
    Awaitable<Result<Response>> send(Request request);

    /// Closes the connections that nobody uses. Without it the last of them keep the context from running out of work
    /// for the idle time-out.
    void close_idle();

    const Counters& counters() const;

 private:
    class Impl;
    std::shared_ptr<Impl> impl_;
};

/// The options that the process's variables ask for: proxies and authorities. `ca_file` goes before the variables.
/// Fails: usage for a proxy that is none. A missing file of authorities is told by the first https request.
Result<Client::Options> client_options(const EnvironmentVariables& environment, const std::string& ca_file);

}  // namespace tapalcatl::net
