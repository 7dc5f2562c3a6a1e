#pragma once

#include "base/bytes.hpp"
#include "base/error.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

struct redisReader;  // NOLINT(readability-identifier-naming): the name is hiredis'

namespace tapalcatl::cache {

/// A reply of Redis.
struct RedisReply {
    enum class Kind {
        nothing,  ///< the key does not exist
        status,   ///< "OK"
        value,
        error,
    };

    Kind kind = Kind::nothing;
    std::vector<std::byte> bytes;

    std::string_view text() const { return as_text(bytes); }
};

/// Parses the replies of Redis. Kinds that the commands used here never cause (numbers, lists) are refused.
class RedisReader {
 public:
    /// `limit`: the maximum size of a reply in bytes, protocol included.
    explicit RedisReader(std::uint64_t limit);
    ~RedisReader();

    /// Fails: too_large if a reply becomes longer than the limit.
    Result<void> feed(Bytes bytes);

    /// The next reply; nullopt if it is incomplete. Requires: called until it returns nullopt before more is fed.
    /// Fails: corrupt for an invalid reply; the reader must not be used any more.
    Result<std::optional<RedisReply>> next();

    /// Whether next() has returned all that was fed.
    bool is_empty() const;

 private:
    struct Free {
        void operator()(redisReader* reader) const;
    };

    std::uint64_t limit_;
    std::unique_ptr<redisReader, Free> reader_;
};

}  // namespace tapalcatl::cache
