#pragma once

#include "base/bytes.hpp"
#include "base/clock.hpp"
#include "base/error.hpp"
#include "base/hash.hpp"
#include "storage/storage.hpp"

#include <string>
#include <string_view>

/// The values of a tier: results of reads, with a checksum, under names that identify the read.
namespace tapalcatl::cache {

/// Identifies the read whose result a value holds.
struct CacheKey {
    Digest identity;   ///< of storage, key, version and range
    std::string text;  ///< prefix, "t1:" and the identity in hexadecimal
};

/// The key of a read of a known version of an object. A value under it stays right for ever.
CacheKey versioned_cache_key(std::string_view prefix, std::string_view storage, std::string_view key,
                             const storage::Version& version, const storage::Range& range);

/// The key of the first read, which learns the version. A value under it can become outdated.
CacheKey first_read_cache_key(std::string_view prefix, std::string_view storage, std::string_view key,
                              const storage::Range& range);

/// Maximum length of an ETag or date; reads with longer ones are not cached.
constexpr std::size_t max_validator_size = 1000;

/// The result of a read and its time.
struct CachedRead {
    WallTime read_at;  ///< when the storage was asked, to the microsecond
    storage::Content content;
};

/// Serializes `value` with the identity of its key and a checksum. Cost: copies the content.
/// Requires: no validator longer than max_validator_size.
SharedBytes pack(const CachedRead& value, const Digest& identity);

/// Parses the output of pack().
///
/// Fails: corrupt for anything else: another identity, a wrong length or checksum, content that is not inside its
/// object.
Result<CachedRead> unpack(const SharedBytes& bytes, const Digest& identity);

/// Whether `content` is the result of a read of `range`.
bool answers(const storage::Content& content, const storage::Range& range);

}  // namespace tapalcatl::cache
