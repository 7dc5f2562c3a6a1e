#include "storage/object_response.hpp"

#include "base/text.hpp"
#include "storage/storage.hpp"
#include "web/date.hpp"

#include <algorithm>
#include <limits>
#include <optional>

namespace tapalcatl::storage {
namespace {

struct ContentRange {
    std::uint64_t first;
    std::uint64_t last;
    std::optional<std::uint64_t> total;  ///< of the object; empty: "*", the server does not know it
};

/// "bytes 0-99/1234" or "bytes 0-99/*" (RFC 9110, section 14.4).
std::optional<ContentRange> parse_content_range(std::string_view text) {
    constexpr std::string_view unit = "bytes ";
    if (!iequals(text.substr(0, unit.size()), unit)) {
        return std::nullopt;
    }
    auto rest = text.substr(unit.size());
    const auto first = parse_number(next_field(rest, '-'));
    const auto last = parse_number(next_field(rest, '/'));
    if (!first || !last || *first > *last || *last == std::numeric_limits<std::uint64_t>::max()) {
        return std::nullopt;
    }
    if (rest == "*") {
        return ContentRange{*first, *last, std::nullopt};
    }
    const auto total = parse_number(rest);
    if (!total || *last >= *total) {
        return std::nullopt;
    }
    return ContentRange{*first, *last, total};
}

/// The size of the object that a part is of: if the server does not know it, a suffix ends with the object, and of
/// other parts it is the size of the version that they were requested of.
std::optional<std::uint64_t> object_size(const ContentRange& part, const Range& range, const Condition& condition) {
    if (part.total) {
        return part.total;
    }
    if (std::holds_alternative<Suffix>(range)) {
        return part.last + 1;
    }
    const auto* match = std::get_if<IfMatch>(&condition);
    return match != nullptr ? std::optional(match->version.size) : std::nullopt;
}

/// The first content coding in a Content-Encoding that changes bytes; empty if there is none.
///
/// Other words say nothing of them: "aws-chunked" is left behind by clients that sign uploads in chunks, "identity" is
/// the absence of a coding, and "utf-8", "binary", "none" and "base64" are mistakes of uploading programs.
std::string_view content_coding(std::string_view content_encoding) {
    constexpr std::string_view codings[] = {"gzip", "x-gzip", "br", "zstd", "deflate", "compress", "x-compress"};
    while (!content_encoding.empty()) {
        const auto word = trim(next_field(content_encoding, ','));
        for (const auto coding : codings) {
            if (iequals(word, coding)) {
                return word;
            }
        }
    }
    return {};
}

Result<Content> check_version(Content content, const Condition& condition) {
    const auto* match = std::get_if<IfMatch>(&condition);
    if (match != nullptr && match->version != content.version) {
        return fail(Errc::replaced, "the object changed since it was first read");
    }
    return content;
}

}  // namespace

std::vector<std::pair<std::string, std::string>> object_request_headers(const Range& range,
                                                                        const Condition& condition) {
    std::vector<std::pair<std::string, std::string>> headers{{"Accept-Encoding", "identity"}};
    if (const auto* suffix = std::get_if<Suffix>(&range)) {
        headers.emplace_back("Range", fmt::format("bytes=-{}", suffix->size));
    } else if (const auto* span = std::get_if<Span>(&range)) {
        headers.emplace_back("Range", fmt::format("bytes={}-{}", span->offset, span->offset + span->size - 1));
    }
    if (const auto* match = std::get_if<IfMatch>(&condition)) {
        if (match->version.has_strong_etag()) {
            headers.emplace_back("If-Match", match->version.etag);
        } else if (match->version.etag.empty() && web::parse_date(match->version.last_modified)) {
            headers.emplace_back("If-Unmodified-Since", match->version.last_modified);
        }
    } else if (const auto* held = std::get_if<IfNoneMatch>(&condition)) {
        if (!held->version.etag.empty()) {
            headers.emplace_back("If-None-Match", held->version.etag);
        } else if (web::parse_date(held->version.last_modified)) {
            headers.emplace_back("If-Modified-Since", held->version.last_modified);
        }
    }
    return headers;
}

std::uint64_t body_limit(const Range& range, std::uint64_t whole_limit) {
    if (const auto* suffix = std::get_if<Suffix>(&range)) {
        return std::max(suffix->size, whole_limit);
    }
    if (const auto* span = std::get_if<Span>(&range)) {
        return std::max(span->size, whole_limit);
    }
    return whole_limit;
}

Result<Content> parse_object_response(const ObjectResponse& answer, const Range& range, const Condition& condition) {
    if (answer.status == 412) {
        return fail(Errc::replaced, "the object changed since it was first read");
    }
    if (answer.status == 304) {
        const auto* held = std::get_if<IfNoneMatch>(&condition);
        if (held == nullptr) {
            return fail(Errc::corrupt, "304 in response to a request without a condition");
        }
        return Content{true, {}, 0, held->version};
    }
    if (const auto coding = content_coding(answer.content_encoding); !coding.empty()) {
        return fail(Errc::corrupt,
                    "the object came with Content-Encoding {}, though none was asked for: store archives "
                    "without one",
                    printable(coding));
    }
    Version version{std::string(answer.etag), std::string(answer.last_modified), 0};
    if (answer.status == 206) {
        const auto got = parse_content_range(answer.content_range);
        if (!got) {
            return fail(Errc::corrupt, "206 with Content-Range '{}'", printable(answer.content_range));
        }
        const auto size = object_size(*got, range, condition);
        if (!size) {
            return fail(Errc::corrupt, "206 with Content-Range '{}', and the size of the object is not known",
                        printable(answer.content_range));
        }
        version.size = *size;
        const auto wanted = resolve(range, *size);
        if (!wanted) {
            // If the version differs, the object was replaced and is not damaged.
            const auto checked = check_version(Content{false, {}, 0, version}, condition);
            return checked ? wanted.error() : checked.error();
        }
        if (got->first != wanted->offset || got->last - got->first + 1 != wanted->size ||
            answer.body.size() != wanted->size) {
            return fail(Errc::corrupt, "asked for {} bytes at {}, got {} with Content-Range '{}'", wanted->size,
                        wanted->offset, answer.body.size(), printable(answer.content_range));
        }
        return check_version(Content{false, answer.body, wanted->offset, std::move(version)}, condition);
    }
    version.size = answer.body.size();
    auto whole = check_version(Content{false, {}, 0, version}, condition);
    if (!whole) {
        return whole.error();
    }
    const auto wanted = resolve(range, version.size);
    if (!wanted) {
        return wanted.error();
    }
    return Content{false,
                   answer.body.part(static_cast<std::size_t>(wanted->offset), static_cast<std::size_t>(wanted->size)),
                   wanted->offset, std::move(version)};
}

std::optional<Version> version_without_suffix(const ObjectResponse& response, const Range& range) {
    const auto* suffix = std::get_if<Suffix>(&range);
    if (suffix != nullptr && response.status == 200 && response.skipped_size) {
        return Version{std::string(response.etag), std::string(response.last_modified), *response.skipped_size};
    }
    if (suffix == nullptr || response.status != 206) {
        return std::nullopt;
    }
    const auto part = parse_content_range(response.content_range);
    if (!part || part->first != 0 || !part->total || *part->total <= suffix->size) {
        return std::nullopt;
    }
    return Version{std::string(response.etag), std::string(response.last_modified), *part->total};
}

bool needs_whole_object(unsigned status, const Range& range) {
    return status == 416 && std::holds_alternative<Suffix>(range);
}

}  // namespace tapalcatl::storage
