#pragma once

#include "base/awaitable.hpp"
#include "base/clock.hpp"
#include "base/error.hpp"
#include "base/handoff.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/ip/address.hpp>

#include <chrono>
#include <cstdint>
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

/// Resolves names to addresses, with a cache of limited size.
///
/// Each lookup runs on a thread of its own, once for all requests that wait for the name. Asio's resolver is not used:
/// it has one thread, so a lookup that hangs delays all others, and its context waits for it when it is destroyed, up
/// to half a minute.
///
/// While lookups fail or hang, the addresses of the last successful one are used (as in RFC 8767), so that an outage of
/// DNS does not prevent new connections.
/// The resolver is used on its executor. Lifetime: the executor's context outlives the resolver; a lookup may outlive
/// both.
class Resolver {
 public:
    struct Options {
        std::chrono::seconds ttl{30};
        std::chrono::seconds failure_ttl{1};         ///< the time between lookups of a name that fail
        std::chrono::hours stale_ttl{24};            ///< the age up to which addresses are used while lookups fail
        std::chrono::milliseconds stale_after{500};  ///< a lookup that takes longer is not waited for if there are such
        std::size_t max_names = 256;                 ///< the least recently used name is dropped first
        Lookup lookup = system_lookup;
    };

    Resolver(boost::asio::any_io_executor executor, const Clock& clock, Options options);
    Resolver(const Resolver&) = delete;
    Resolver& operator=(const Resolver&) = delete;
    ~Resolver() { close(); }

    /// One or more addresses. IPv4 and IPv6 alternate, the family that the system prefers first. Each call begins with
    /// the next address of each family, so that connections are spread. Requires: the resolver outlives the call.
    /// Fails: timeout, unavailable (no such name, or lookups of max_names other names are in progress).
    Awaitable<Result<Addresses>> resolve(std::string host, SteadyTime deadline);

    /// Discards the results of lookups in progress. The executor's context may be destroyed afterwards.
    void close();

 private:
    class Gate;
    struct Entry {
        Addresses addresses;  ///< of the last successful lookup
        SteadyTime resolved_at{};
        Error failure;            ///< of the last lookup that failed
        SteadyTime expires_at{};  ///< when the next lookup is due
        bool is_running = false;
        SteadyTime waits_until{};  ///< on std::chrono::steady_clock: stale_after the start of the running lookup
        unsigned turn = 0;
        std::uint64_t last_use = 0;
        std::vector<Handoff<Result<Addresses>>> waiters;
    };

    Entry* find_or_add(const std::string& host);
    void start_lookup(const std::string& host, Entry& entry);
    void complete(const std::string& host, const Result<Addresses>& found);
    bool has_addresses(const Entry& entry) const;

    boost::asio::any_io_executor executor_;
    const Clock& clock_;
    Options options_;
    std::shared_ptr<Gate> gate_;
    std::map<std::string, Entry> entries_;  ///< at most max_names
    std::uint64_t uses_ = 0;
};

}  // namespace tapalcatl::net
