#pragma once

#include "base/error.hpp"
#include "storage/storage.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// Conversion between reads of an object and HTTP, as S3 and other web servers have it in common.
namespace tapalcatl::storage {

/// The request headers for `range` and `condition` (RFC 9110, sections 13 and 14).
///
/// If-Match is sent for strong ETags only: it uses the strong comparison, which a weak ETag never passes. If the
/// version has only a date, If-Unmodified-Since is sent. If-Range is never sent, since a server then answers a changed
/// object in full.
std::vector<std::pair<std::string, std::string>> object_request_headers(const Range& range, const Condition& condition);

/// The maximum size in bytes of a response body to a read of `range` from a server that may ignore ranges: the whole
/// object is accepted up to `whole_limit`.
std::uint64_t body_limit(const Range& range, std::uint64_t whole_limit);

/// The parts of an HTTP response that describe an object. Fields that were not sent are empty.
struct ObjectResponse {
    unsigned status = 0;
    std::string_view etag;
    std::string_view last_modified;
    std::string_view content_range;
    std::string_view content_encoding;
    SharedBytes body;
    std::optional<std::uint64_t> skipped_size{};  ///< of a body that was not read
};

/// Converts a 200, 206, 304 or 412 into the result of Storage::read().
///
/// A 200 to a range request is cut to the range here. The version is always compared with that of an IfMatch, also if
/// the server ignored the condition. Fails: replaced (412, or another version than that of the IfMatch); corrupt for a
/// response that does not fit the request: another range, an invalid Content-Range, a wrong length, a content coding.
/// Requires: the status is one of the four.
Result<Content> parse_object_response(const ObjectResponse& answer, const Range& range, const Condition& condition);

/// Whether the whole object is to be requested after this status: some servers answer 416 to a suffix range that is
/// longer than the object.
bool needs_whole_object(unsigned status, const Range& range);

/// The version of the object, if the last bytes were requested and the response is its beginning (some servers take
/// "bytes=-100" for "bytes=0-100") or all of it, with a body that was not read because it is longer than the range.
/// The last bytes are then to be requested by their position.
std::optional<Version> version_without_suffix(const ObjectResponse& response, const Range& range);

}  // namespace tapalcatl::storage
