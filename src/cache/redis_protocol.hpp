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

/// One answer of Redis.
struct RedisReply {
    enum class Kind {
        nothing,  ///< there is no such key
        status,   ///< "OK"
        value,
        error,
    };

    Kind kind = Kind::nothing;
    std::vector<std::byte> bytes;

    std::string_view text() const { return as_text(bytes); }
};

/// Cuts what Redis sends into answers. Those that are never asked for (numbers, lists) are refused.
class RedisReader {
 public:
    /// `limit`: bytes that one answer may have, its own frame included.
    explicit RedisReader(std::uint64_t limit);
    ~RedisReader();

    /// Fails: too_large if an answer becomes longer than the limit.
    Result<void> feed(Bytes bytes);

    /// The next answer; nullopt if it is not all there yet. Requires: asked until then before more is fed.
    /// Fails: corrupt for what is none; the reader is good for nothing more.
    Result<std::optional<RedisReply>> next();

    /// Whether nothing was fed beyond what next() answered.
    bool is_empty() const;

 private:
    struct Free {
        void operator()(redisReader* reader) const;
    };

    std::uint64_t limit_;
    std::unique_ptr<redisReader, Free> reader_;
};

}  // namespace tapalcatl::cache
