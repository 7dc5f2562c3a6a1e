#pragma once

#include "base/awaitable.hpp"
#include "base/clock.hpp"
#include "base/error.hpp"
#include "base/handoff.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/ip/address.hpp>

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace tapalcatl::net {

using Addresses = std::vector<boost::asio::ip::address>;

/// Looks up the addresses of a name. It may block, and is called on any thread. Fails: unavailable.
using Lookup = std::function<Result<Addresses>(const std::string& host)>;

/// The lookup of the C library, getaddrinfo(3): hosts file and DNS.
Result<Addresses> system_lookup(const std::string& host);

/// Resolves names to addresses, with a cache.
///
/// Each lookup runs on a thread of its own, once for all requests that wait for the name. Asio's resolver is not used:
/// it has one thread, so a lookup that hangs delays all others, and its context waits for it when it is destroyed, up
/// to half a minute.
/// The resolver is used on its executor. Lifetime: the executor's context outlives the resolver; a lookup may outlive
/// both.
class Resolver {
 public:
    struct Options {
        std::chrono::seconds kept{30};
        std::chrono::seconds failure_kept{1};
        Lookup lookup = system_lookup;
    };

    Resolver(boost::asio::any_io_executor executor, const Clock& clock, Options options);
    Resolver(const Resolver&) = delete;
    Resolver& operator=(const Resolver&) = delete;
    ~Resolver() { close(); }

    /// One or more addresses. IPv4 and IPv6 alternate, the family that the system prefers first. Each call begins with
    /// the next address of each family, so that connections are spread. Requires: the resolver outlives the call.
    /// Fails: unavailable, timeout.
    Awaitable<Result<Addresses>> resolve(std::string host, SteadyTime deadline);

    /// Discards the results of lookups in progress. The executor's context may be destroyed afterwards.
    void close();

 private:
    class Gate;
    struct Entry {
        Result<Addresses> answer = Addresses{};
        SteadyTime stale_at{};
        bool is_running = false;
        unsigned turn = 0;
        std::vector<Handoff<Result<Addresses>>> waiters;
    };

    void start_lookup(const std::string& host);
    void complete(const std::string& host, const Result<Addresses>& answer);

    boost::asio::any_io_executor executor_;
    const Clock& clock_;
    Options options_;
    std::shared_ptr<Gate> gate_;
    std::map<std::string, Entry> entries_;
};

}  // namespace tapalcatl::net
