#include "cache/cached_read.hpp"

#include "storage/storage.hpp"
#include "zip/deflate.hpp"

#include <algorithm>
#include <cassert>
#include <iterator>
#include <vector>

namespace tapalcatl::cache {
namespace {

/// The last character is the layout's version.
constexpr std::string_view magic = "tapcatT1";
constexpr std::size_t checksum_offset = magic.size();
constexpr std::size_t checksum_end = checksum_offset + 4;
/// Identity, time, object's size, offset, content's size, lengths of ETag and date.
constexpr std::size_t fixed_size = checksum_end + sizeof(Digest) + 4 * 8 + 2 * 2;

/// `text` with its length in front, so that no two lists of texts look the same.
void append(std::string& to, std::string_view text) {
    fmt::format_to(std::back_inserter(to), "{}:", text.size());
    to += text;
}

std::string text_of(const storage::Range& range) {
    if (const auto* suffix = std::get_if<storage::Suffix>(&range)) {
        return fmt::format("-{}", suffix->size);
    }
    if (const auto* span = std::get_if<storage::Span>(&range)) {
        return fmt::format("{}+{}", span->offset, span->size);
    }
    return "whole";
}

CacheKey name_of(std::string_view prefix, std::string_view identified_by) {
    const auto identity = sha256(as_bytes(identified_by));
    std::string text(prefix);
    text += "t1:";
    text += hex(identity);
    return {identity, std::move(text)};
}

void append_number(std::vector<std::byte>& to, std::uint64_t number, unsigned size) {
    for (unsigned i = 0; i < size; ++i) {
        to.push_back(static_cast<std::byte>(number >> (8 * i)));
    }
}

void append_bytes(std::vector<std::byte>& to, Bytes bytes) {
    to.insert(to.end(), bytes.begin(), bytes.end());
}

}  // namespace

CacheKey versioned_cache_key(std::string_view prefix, std::string_view storage, std::string_view key,
                             const storage::Version& version, const storage::Range& range) {
    std::string identified_by = "entry ";
    append(identified_by, storage);
    append(identified_by, key);
    append(identified_by, version.etag);
    append(identified_by, version.last_modified);
    append(identified_by, fmt::format("{}", version.size));
    append(identified_by, text_of(range));
    return name_of(prefix, identified_by);
}

CacheKey first_read_cache_key(std::string_view prefix, std::string_view storage, std::string_view key,
                              const storage::Range& range) {
    std::string identified_by = "first ";
    append(identified_by, storage);
    append(identified_by, key);
    append(identified_by, text_of(range));
    return name_of(prefix, identified_by);
}

SharedBytes pack(const CachedRead& value, const Digest& identity) {
    const auto& content = value.content;
    const auto& version = content.version;
    const auto& etag = version.etag;
    const auto& date = version.last_modified;
    assert(etag.size() <= max_validator_size && date.size() <= max_validator_size);
    const auto read_at = std::chrono::duration_cast<std::chrono::microseconds>(value.read_at.time_since_epoch());

    std::vector<std::byte> bytes;
    bytes.reserve(fixed_size + etag.size() + date.size() + content.bytes.size());
    append_bytes(bytes, as_bytes(magic));
    append_number(bytes, 0, 4);
    append_bytes(bytes, identity);
    append_number(bytes, static_cast<std::uint64_t>(std::max<std::int64_t>(read_at.count(), 0)), 8);
    append_number(bytes, version.size, 8);
    append_number(bytes, content.offset, 8);
    append_number(bytes, content.bytes.size(), 8);
    append_number(bytes, etag.size(), 2);
    append_number(bytes, date.size(), 2);
    append_bytes(bytes, as_bytes(etag));
    append_bytes(bytes, as_bytes(date));
    append_bytes(bytes, content.bytes.view());

    const auto checksum = zip::crc32(Bytes(bytes).subspan(checksum_end));
    for (std::size_t i = 0; i < 4; ++i) {
        bytes[checksum_offset + i] = static_cast<std::byte>(checksum >> (8 * i));
    }
    return SharedBytes(std::move(bytes));
}

Result<CachedRead> unpack(const SharedBytes& bytes, const Digest& identity) {
    Cursor cursor(bytes.view());
    if (as_text(cursor.bytes(magic.size())) != magic) {
        return fail(Errc::corrupt, "not a value of this cache");
    }
    const auto checksum = cursor.u32();
    const auto checked = bytes.view().last(cursor.left());
    const auto named = cursor.bytes(identity.size());
    const auto microseconds = cursor.u64();
    CachedRead value;
    value.content.version.size = cursor.u64();
    value.content.offset = cursor.u64();
    const auto size = cursor.u64();
    const auto etag_size = cursor.u16();
    const auto date_size = cursor.u16();
    value.content.version.etag = as_text(cursor.bytes(etag_size));
    value.content.version.last_modified = as_text(cursor.bytes(date_size));
    if (!cursor.ok() || cursor.left() != size) {
        return fail(Errc::corrupt, "the length of a value of {} bytes does not match its header", bytes.size());
    }
    if (zip::crc32(checked) != checksum) {
        return fail(Errc::corrupt, "the checksum of a value of {} bytes does not match", bytes.size());
    }
    if (!std::equal(named.begin(), named.end(), identity.begin(), identity.end())) {
        return fail(Errc::corrupt, "the value belongs under another name");
    }
    constexpr auto latest = std::chrono::duration_cast<std::chrono::microseconds>(WallTime::duration::max()).count();
    if (microseconds > static_cast<std::uint64_t>(latest) || value.content.offset > value.content.version.size ||
        size > value.content.version.size - value.content.offset) {
        return fail(Errc::corrupt, "the value has an impossible time, offset or size");
    }
    value.read_at = WallTime(std::chrono::microseconds(microseconds));
    value.content.bytes = bytes.part(bytes.size() - cursor.left(), cursor.left());
    return value;
}

bool answers(const storage::Content& content, const storage::Range& range) {
    const auto span = storage::resolve(range, content.version.size);
    return span && span->offset == content.offset && span->size == content.bytes.size();
}

}  // namespace tapalcatl::cache
