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

/// Finds the addresses of a name; may block. Called on any thread. Fails: unavailable.
using Lookup = std::function<Result<Addresses>(const std::string& host)>;

/// Asks the system: hosts file and DNS.
Result<Addresses> system_lookup(const std::string& host);

/// Names to addresses, kept for a while.
///
/// Each name is looked up on a thread of its own, once however many wait for it. Not Asio's resolver: that has one
/// thread, so a name that hangs delays all others, and its context waits for it at its end, up to half a minute.
/// Used on the executor. Lifetime: the executor's context outlives this; a lookup may outlive both.
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

    /// At least one address, of both kinds in turn, the preferred kind first. Each call starts with another address of
    /// a kind, so that connections spread. Requires: the Resolver lives until it is done.
    /// Fails: unavailable, timeout.
    Awaitable<Result<Addresses>> resolve(std::string host, SteadyTime deadline);

    /// Lookups under way bring nothing any more. The executor's context may end thereafter.
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

    void start(const std::string& host);
    void land(const std::string& host, const Result<Addresses>& answer);

    boost::asio::any_io_executor executor_;
    const Clock& clock_;
    Options options_;
    std::shared_ptr<Gate> gate_;
    std::map<std::string, Entry> entries_;
};

}  // namespace tapalcatl::net
