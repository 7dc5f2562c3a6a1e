#include "net/resolver.hpp"

#include <boost/asio/post.hpp>

#include <algorithm>
#include <mutex>
#include <netdb.h>
#include <system_error>
#include <thread>

#include <netinet/in.h>
#include <sys/socket.h>

namespace tapalcatl::net {

namespace asio = boost::asio;

namespace {

/// `all` with IPv4 and IPv6 alternating, each family rotated by `turn`.
Addresses interleave(const Addresses& all, unsigned turn) {
    Addresses preferred;
    Addresses other;
    for (const auto& address : all) {
        (address.is_v4() == all.front().is_v4() ? preferred : other).push_back(address);
    }
    for (auto* const family : {&preferred, &other}) {
        if (!family->empty()) {
            std::rotate(family->begin(), family->begin() + static_cast<std::ptrdiff_t>(turn % family->size()),
                        family->end());
        }
    }
    Addresses mixed;
    for (std::size_t i = 0; i < std::max(preferred.size(), other.size()); ++i) {
        if (i < preferred.size()) {
            mixed.push_back(preferred[i]);
        }
        if (i < other.size()) {
            mixed.push_back(other[i]);
        }
    }
    return mixed;
}

}  // namespace

/// How the thread of a lookup returns its result: shut before the resolver and its context are destroyed.
class Resolver::Gate {
 public:
    explicit Gate(Resolver& resolver) : resolver_(&resolver) {}

    void shut() {
        const std::lock_guard lock(mutex_);
        resolver_ = nullptr;
    }

    /// Called on the lookup's thread. The posted function may run after the gate was shut.
    static void pass(const std::shared_ptr<Gate>& gate, const std::string& host, const Result<Addresses>& found) {
        const std::lock_guard lock(gate->mutex_);
        if (gate->resolver_ != nullptr) {
            asio::post(gate->resolver_->executor_, [gate, host, found] {
                if (gate->resolver_ != nullptr) {
                    gate->resolver_->complete(host, found);
                }
            });
        }
    }

 private:
    std::mutex mutex_;
    Resolver* resolver_;  ///< written on the executor only, hence read there without the lock
};

Result<Addresses> system_lookup(const std::string& host) {
    addrinfo hints{};
    hints.ai_socktype = SOCK_STREAM;
    hints.ai_flags = AI_ADDRCONFIG;
    addrinfo* found = nullptr;
    const int code = ::getaddrinfo(host.c_str(), nullptr, &hints, &found);
    if (code != 0) {
        return fail(Errc::unavailable, "the name cannot be resolved: {}", ::gai_strerror(code));
    }
    const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> owner(found, &::freeaddrinfo);
    Addresses addresses;
    for (const addrinfo* one = found; one != nullptr; one = one->ai_next) {
        if (one->ai_family == AF_INET) {
            const auto* const v4 = reinterpret_cast<const sockaddr_in*>(one->ai_addr);
            addresses.emplace_back(asio::ip::address_v4(ntohl(v4->sin_addr.s_addr)));
        } else if (one->ai_family == AF_INET6) {
            const auto* const v6 = reinterpret_cast<const sockaddr_in6*>(one->ai_addr);
            asio::ip::address_v6::bytes_type bytes;
            std::copy(std::begin(v6->sin6_addr.s6_addr), std::end(v6->sin6_addr.s6_addr), bytes.begin());
            addresses.emplace_back(asio::ip::address_v6(bytes, v6->sin6_scope_id));
        }
    }
    return addresses;
}

Resolver::Resolver(asio::any_io_executor executor, const Clock& clock, Options options)
    : executor_(std::move(executor)),
      clock_(clock),
      options_(std::move(options)),
      gate_(std::make_shared<Gate>(*this)) {}

void Resolver::close() {
    gate_->shut();
}

Awaitable<Result<Addresses>> Resolver::resolve(std::string host, SteadyTime deadline) {
    boost::system::error_code not_numeric;
    const auto address = asio::ip::make_address(host, not_numeric);
    if (!not_numeric) {
        co_return Addresses{address};
    }
    auto* const entry = find_or_add(host);
    if (entry == nullptr) {
        co_return fail(Errc::unavailable, "the name is not resolved: lookups of {} other names are in progress",
                       options_.max_names);
    }
    entry->last_use = ++uses_;
    if (!entry->is_running && clock_.now() >= entry->expires_at) {
        start_lookup(host, *entry);
    }
    const bool has_stale = has_addresses(*entry);
    const auto wait_end = has_stale ? std::min(deadline, entry->waits_until) : deadline;
    if (entry->is_running && (!has_stale || std::chrono::steady_clock::now() < wait_end)) {
        Handoff<Result<Addresses>> pending(executor_);
        entry->waiters.push_back(pending);
        const auto looked_up = co_await pending.wait(wait_end);
        if (looked_up && !*looked_up) {
            co_return looked_up->error();
        }
        if (looked_up) {
            // The entry may have been dropped in the meantime.
            const auto found = entries_.find(host);
            co_return interleave(**looked_up, found == entries_.end() ? 0 : found->second.turn++);
        }
        if (!has_stale) {
            co_return fail(Errc::timeout, "timed out resolving the name");
        }
        // The lookup goes on, and an entry with a lookup in progress is not dropped.
    }
    if (!has_addresses(*entry)) {
        co_return entry->failure;
    }
    co_return interleave(entry->addresses, entry->turn++);
}

/// The entry of `host`, which is added if there is none. If there are max_names of them, the least recently used one
/// without a lookup in progress is dropped; null if all have one.
Resolver::Entry* Resolver::find_or_add(const std::string& host) {
    const auto found = entries_.find(host);
    if (found != entries_.end()) {
        return &found->second;
    }
    if (entries_.size() >= options_.max_names) {
        const auto is_better_victim = [](const auto& a, const auto& b) {
            return std::pair(a.second.is_running, a.second.last_use) <
                   std::pair(b.second.is_running, b.second.last_use);
        };
        const auto victim = std::min_element(entries_.begin(), entries_.end(), is_better_victim);
        if (victim == entries_.end() || victim->second.is_running) {
            return nullptr;
        }
        entries_.erase(victim);
    }
    return &entries_[host];
}

bool Resolver::has_addresses(const Entry& entry) const {
    return !entry.addresses.empty() && clock_.now() - entry.resolved_at < options_.stale_ttl;
}

void Resolver::start_lookup(const std::string& host, Entry& entry) {
    entry.is_running = true;
    entry.waits_until = std::chrono::steady_clock::now() + options_.stale_after;
    try {
        std::thread([gate = gate_, lookup = options_.lookup, host] {
            auto found = lookup(host);
            if (found && found->empty()) {
                found = fail(Errc::unavailable, "the name has no address");
            }
            Gate::pass(gate, host, found);
        }).detach();
    } catch (const std::system_error& error) {
        asio::post(executor_, [gate = gate_, host,
                               failure = Result<Addresses>(fail(Errc::unavailable, "the name cannot be resolved: {}",
                                                                error.what()))] { Gate::pass(gate, host, failure); });
    }
}

void Resolver::complete(const std::string& host, const Result<Addresses>& found) {
    auto& entry = entries_[host];
    entry.is_running = false;
    entry.expires_at = clock_.now() + (found ? options_.ttl : options_.failure_ttl);
    if (found) {
        entry.addresses = *found;
        entry.resolved_at = clock_.now();
    } else {
        entry.failure = found.error();
    }
    const auto result = has_addresses(entry) ? Result<Addresses>(entry.addresses) : found;
    for (const auto& waiter : std::exchange(entry.waiters, {})) {
        waiter.put(result);
    }
}

}  // namespace tapalcatl::net
