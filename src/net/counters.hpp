#pragma once

#include <atomic>
#include <cstdint>

namespace tapalcatl::net {

/// What a client did, and what it holds now. Written on its executor, read anywhere.
struct Counters {
    using Count = std::atomic<std::uint64_t>;

    Count requests{0};
    Count reused{0};          ///< requests that went over a connection that was used before
    Count retried{0};         ///< of these, those sent again as that connection had died
    Count connects{0};        ///< connections that were made, TLS included
    Count tls_resumed{0};     ///< of these, those that resumed a TLS session
    Count connect_errors{0};  ///< connections that could not be made, for whatever reason
    Count failures{0};        ///< requests without an answer
    Count timeouts{0};        ///< of these, those that ran out of time
    Count open{0};            ///< now: connections in use, being made, or idle
    Count idle{0};            ///< now: of these, those that wait for a request
    Count waiting{0};         ///< now: requests that wait for a connection
};

inline void count(Counters::Count& counter) {
    counter.fetch_add(1, std::memory_order_relaxed);
}
inline void discount(Counters::Count& counter) {
    counter.fetch_sub(1, std::memory_order_relaxed);
}

}  // namespace tapalcatl::net
