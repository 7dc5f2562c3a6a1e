#pragma once

#include "base/error.hpp"
#include "storage/storage.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// How reads of an object become HTTP and back: what S3 and any other server of files have in common.
namespace tapalcatl::storage {

/// The request headers that ask for `range` under `condition` (RFC 9110, sections 13 and 14).
///
/// If-Match goes out for strong ETags only, as it compares strongly and a weak one would never match; where there is
/// only a date, If-Unmodified-Since does. Never If-Range: it would answer a changed object in full.
std::vector<std::pair<std::string, std::string>> object_request_headers(const Range& range, const Condition& condition);

/// Bytes that an answer to a read of `range` may have at the most. A server that ignores ranges answers with the whole
/// object: it is taken up to `whole_limit`.
std::uint64_t body_limit(const Range& range, std::uint64_t whole_limit);

/// What an HTTP server said. Fields that it did not send are empty.
struct ObjectResponse {
    unsigned status = 0;
    std::string_view etag;
    std::string_view last_modified;
    std::string_view content_range;
    std::string_view content_encoding;
    SharedBytes body;
};

/// Turns a 200, 206, 304 or 412 into what Storage::read() answers.
///
/// A 200 to a range is cut here. The version is compared with that of an IfMatch whatever the server made of it.
/// Fails: replaced (412, or another version than asked for); corrupt for answers that are not what was asked: another
/// range, a Content-Range that makes no sense, a length that does not fit, an encoding. Requires: the status is one of
/// the four.
Result<Content> parse_object_response(const ObjectResponse& answer, const Range& range, const Condition& condition);

/// Whether the server refuses the range though the object may be there: some answer 416 to a suffix longer than the
/// object. Then the whole of it is asked for.
bool needs_whole_object(unsigned status, const Range& range);

}  // namespace tapalcatl::storage
