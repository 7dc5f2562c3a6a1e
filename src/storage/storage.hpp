#pragma once

#include "base/awaitable.hpp"
#include "base/bytes.hpp"
#include "base/clock.hpp"
#include "base/error.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>

namespace tapalcatl::storage {

/// The last `size` bytes of an object, or all of a smaller one (RFC 9110, section 14.1.2, suffix-range).
struct Suffix {
    std::uint64_t size;
};

/// `size` bytes from `offset`. Requires: size > 0.
struct Span {
    std::uint64_t offset;
    std::uint64_t size;
};

/// The whole object.
struct Whole {};

using Range = std::variant<Whole, Suffix, Span>;

/// Identifies one state of an object: its validators (RFC 9110, section 8.8) and its size. What the storage does not
/// know is empty.
struct Version {
    std::string etag;           ///< as sent, quotes and W/ included
    std::string last_modified;  ///< as sent; an HTTP date (RFC 9110, section 5.6.7), unless the server is wrong
    std::uint64_t size = 0;     ///< of the whole object, in bytes

    bool has_strong_etag() const { return !etag.empty() && etag.front() == '"'; }

    friend bool operator==(const Version&, const Version&) = default;
};

/// Read only while the object still is `version`.
struct IfMatch {
    Version version;
};

/// Read only if the object is no longer `version`.
struct IfNoneMatch {
    Version version;
};

using Condition = std::variant<std::monostate, IfMatch, IfNoneMatch>;

/// The result of a read.
struct Content {
    bool not_modified = false;  ///< an IfNoneMatch read found the same version: no bytes
    SharedBytes bytes;
    std::uint64_t offset = 0;  ///< of the first byte of `bytes` in the object
    Version version;
    std::chrono::seconds time_since_validation{
        0};  ///< since the storage itself confirmed this version; above 0 if a cache answered
};

/// A store of archives: objects under keys, read by byte ranges.
///
/// All calls are made on one thread, the upstream thread, and coroutines resume on it.
class Storage {
 public:
    virtual ~Storage() = default;

    /// Reads a part of the object under `key`.
    ///
    /// The bytes are exactly those of `range`: a Span that is not wholly inside the object is corrupt, a Suffix longer
    /// than the object yields the whole object. With IfMatch, content of another version is refused as replaced, even
    /// if the storage sends it. Fails: not_found, denied, unavailable, timeout (nothing by `deadline`), replaced (see
    /// IfMatch), corrupt, io.
    virtual Awaitable<Result<Content>> read(std::string key, Range range, Condition condition, SteadyTime deadline) = 0;

    /// The location of this storage for logs: "file:///srv/tiles". It contains no secrets.
    virtual std::string name() const = 0;

    /// The storage itself, where this is a cache in front of it.
    virtual Storage& origin() { return *this; }

    /// Tells caches in front of the storage to forget what they hold of `key`, because content read from it was
    /// damaged.
    virtual void invalidate([[maybe_unused]] const std::string& key) {}

    /// Waits for what outlives reads, such as writes to a cache and requests that lost against their hedge. False if
    /// not all of it has ended by `deadline`: it goes on then. Lifetime: this outlives the coroutine.
    virtual Awaitable<bool> settle(SteadyTime deadline);
};

/// The bytes that `range` selects in an object of `size` bytes. Fails: corrupt if it is not wholly inside.
Result<Span> resolve(const Range& range, std::uint64_t size);

}  // namespace tapalcatl::storage
