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

/// What tells one state of an object from the next. Parts that the storage does not know are empty.
struct Version {
    std::string etag;           ///< as sent, quotes and W/ included
    std::string last_modified;  ///< IMF-fixdate (RFC 9110, section 5.6.7), as sent
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

/// What a read brought.
struct Content {
    bool not_modified = false;  ///< the answer to IfNoneMatch where nothing changed: no bytes
    SharedBytes bytes;
    std::uint64_t offset = 0;  ///< of the first byte of `bytes` in the object
    Version version;
    std::chrono::seconds time_since_validation{
        0};  ///< since the storage itself said that this is its version, if a cache answered
};

/// Where archives are kept: objects under keys, read by ranges.
///
/// Called on one thread, the upstream one; a coroutine resumes there too.
class Storage {
 public:
    virtual ~Storage() = default;

    /// Reads a part of the object under `key`.
    ///
    /// The bytes are exactly those asked for: a Span that leaves the object is corrupt, a Suffix longer than the object
    /// brings all of it. With IfMatch, content whose version differs is refused as replaced, whatever the storage says.
    /// Fails: not_found, denied, unavailable, timeout (nothing by `deadline`), replaced (see IfMatch), corrupt, io.
    virtual Awaitable<Result<Content>> read(std::string key, Range range, Condition condition, SteadyTime deadline) = 0;

    /// Where this storage is, for people: "file:///srv/tiles". No secrets.
    virtual std::string name() const = 0;

    /// The storage itself, without the caches in front of it that this may be.
    virtual Storage& origin() { return *this; }

    /// What was read of the object under `key` turned out to be damaged: caches in front of the storage forget it.
    virtual void invalidate([[maybe_unused]] const std::string& key) {}
};

/// The part of an object of `size` bytes that `range` asks for. Fails: corrupt if it is not wholly inside.
Result<Span> resolve(const Range& range, std::uint64_t size);

}  // namespace tapalcatl::storage
