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

/// Names come from the configuration and from S3's redirections; old ones are forgotten first.
constexpr std::size_t max_names = 256;

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

/// The way back for the thread of a lookup: shut before the resolver and its context are destroyed.
class Resolver::Gate {
 public:
    explicit Gate(Resolver& resolver) : resolver_(&resolver) {}

    void shut() {
        const std::lock_guard lock(mutex_);
        resolver_ = nullptr;
    }

    /// Called on the lookup's thread. The posted function may run after the gate was shut.
    static void pass(const std::shared_ptr<Gate>& gate, const std::string& host, const Result<Addresses>& answer) {
        const std::lock_guard lock(gate->mutex_);
        if (gate->resolver_ != nullptr) {
            asio::post(gate->resolver_->executor_, [gate, host, answer] {
                if (gate->resolver_ != nullptr) {
                    gate->resolver_->complete(host, answer);
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
    auto entry = entries_.find(host);
    const bool is_fresh = entry != entries_.end() && !entry->second.is_running && clock_.now() < entry->second.stale_at;
    if (!is_fresh) {
        start_lookup(host);
        Handoff<Result<Addresses>> pending(executor_);
        entries_[host].waiters.push_back(pending);
        const auto looked_up = co_await pending.wait(deadline);
        if (!looked_up) {
            co_return fail(Errc::timeout, "timed out resolving the name");
        }
        if (!*looked_up) {
            co_return looked_up->error();
        }
        co_return interleave(**looked_up, entries_[host].turn++);
    }
    if (!entry->second.answer) {
        co_return entry->second.answer.error();
    }
    co_return interleave(*entry->second.answer, entry->second.turn++);
}

void Resolver::start_lookup(const std::string& host) {
    if (entries_.size() >= max_names) {
        std::erase_if(entries_, [&](const auto& entry) {
            return !entry.second.is_running && entry.second.stale_at <= clock_.now();
        });
    }
    auto& entry = entries_[host];
    if (std::exchange(entry.is_running, true)) {
        return;
    }
    try {
        std::thread([gate = gate_, lookup = options_.lookup, host] {
            auto answer = lookup(host);
            if (answer && answer->empty()) {
                answer = fail(Errc::unavailable, "the name has no address");
            }
            Gate::pass(gate, host, answer);
        }).detach();
    } catch (const std::system_error& error) {
        asio::post(executor_, [gate = gate_, host,
                               answer = Result<Addresses>(fail(Errc::unavailable, "the name cannot be resolved: {}",
                                                               error.what()))] { Gate::pass(gate, host, answer); });
    }
}

void Resolver::complete(const std::string& host, const Result<Addresses>& answer) {
    auto& entry = entries_[host];
    entry.is_running = false;
    entry.answer = answer;
    entry.stale_at = clock_.now() + (answer ? options_.kept : options_.failure_kept);
    for (const auto& waiter : std::exchange(entry.waiters, {})) {
        waiter.put(answer);
    }
}

}  // namespace tapalcatl::net
