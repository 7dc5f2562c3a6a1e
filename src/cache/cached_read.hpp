#pragma once

#include "base/bytes.hpp"
#include "base/clock.hpp"
#include "base/error.hpp"
#include "base/hash.hpp"
#include "storage/storage.hpp"

#include <string>
#include <string_view>

/// What a tier holds: reads, under names that say which, in values that can be told from anything else.
namespace tapalcatl::cache {

/// Which read a value answers.
struct CacheKey {
    Digest identity;   ///< of storage, key, version and range
    std::string text;  ///< prefix, "t1:" and the identity in hexadecimal
};

/// The name of a read of an object whose version is known. What is found under it is right for ever.
CacheKey versioned_cache_key(std::string_view prefix, std::string_view storage, std::string_view key,
                             const storage::Version& version, const storage::Range& range);

/// The name of the read that learns the version. What is found under it was right once.
CacheKey first_read_cache_key(std::string_view prefix, std::string_view storage, std::string_view key,
                              const storage::Range& range);

/// An ETag or date that is longer is not kept.
constexpr std::size_t max_validator_size = 1000;

/// A read that was kept.
struct CachedRead {
    WallTime read_at;  ///< when the storage was asked, to the microsecond
    storage::Content content;
};

/// `value` as bytes, with the identity of its name and a checksum. Cost: copies the content.
/// Requires: no validator longer than max_validator_size.
SharedBytes pack(const CachedRead& value, const Digest& identity);

/// Reads what pack() wrote.
///
/// Fails: corrupt for anything else: another identity, a length or checksum that does not fit, content that is not
/// inside its object.
Result<CachedRead> unpack(const SharedBytes& bytes, const Digest& identity);

/// Whether `content` is what a read of `range` brings.
bool answers(const storage::Content& content, const storage::Range& range);

}  // namespace tapalcatl::cache
