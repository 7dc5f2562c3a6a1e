#include "web/caching.hpp"

#include "base/text.hpp"
#include "web/date.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cassert>

namespace tapalcatl::web {

std::string cache_control(std::chrono::seconds max_age, std::chrono::seconds shared_max_age) {
    assert(max_age.count() >= 0 && shared_max_age.count() >= 0);
    auto text = fmt::format("public, max-age={}", max_age.count());
    if (shared_max_age.count() > 0) {
        fmt::format_to(std::back_inserter(text), ", s-maxage={}", shared_max_age.count());
    }
    return text;
}

EntityTag::EntityTag(std::uint32_t crc32, std::uint64_t size_bytes, Encoding encoding, std::uint32_t salt) {
    auto* end = fmt::format_to(text_.data(), "\"{:08x}-{:x}", crc32, size_bytes);
    if (salt != 0) {
        end = fmt::format_to(end, "-{:08x}", salt);
    }
    if (encoding == Encoding::gzip) {
        *end++ = '-';
        *end++ = 'g';  // no hex digit: a salt cannot look like it
    }
    *end++ = '"';
    size_ = static_cast<std::uint8_t>(end - text_.data());
}

namespace {

/// The entity tag at the front of `text` without its weakness mark, as `"..."`; empty if there is none.
std::string_view opaque_tag(std::string_view text) {
    if (!text.starts_with('"')) {
        return {};
    }
    // etagc (RFC 9110, section 8.8.3): any visible character but the quote, and all bytes above ASCII.
    const auto end = std::find_if(text.begin() + 1, text.end(), [](char c) {
        const auto byte = static_cast<unsigned char>(c);
        return byte == '"' || byte <= 0x20 || byte == 0x7f;
    });
    if (end == text.end() || *end != '"') {
        return {};
    }
    return text.substr(0, static_cast<std::size_t>(end - text.begin()) + 1);
}

std::optional<std::string_view> first_match(std::string_view list, std::span<const std::string_view> tags) {
    constexpr std::string_view between = " \t,";
    auto rest = list;
    for (;;) {
        const auto start = rest.find_first_not_of(between);
        if (start == std::string_view::npos) {
            return std::nullopt;
        }
        rest.remove_prefix(start);
        const auto weak_mark = rest.starts_with("W/") ? std::size_t{2} : 0;
        const auto tag = opaque_tag(rest.substr(weak_mark));
        const auto after = rest.substr(weak_mark + tag.size());
        const auto next = after.find_first_not_of(" \t");
        const auto is_whole_member = !tag.empty() && (next == std::string_view::npos || after[next] == ',');
        const auto found = is_whole_member ? std::find(tags.begin(), tags.end(), tag) : tags.end();
        if (found != tags.end()) {
            return *found;
        }
        rest = after.substr(std::min(after.find(','), after.size()));
    }
}

}  // namespace

std::optional<std::string_view> unchanged(std::string_view if_none_match, std::string_view if_modified_since,
                                          std::span<const std::string_view> tags,
                                          std::optional<std::chrono::sys_seconds> last_modified) {
    const auto preferred = tags.empty() ? std::string_view{} : tags.front();
    if (!if_none_match.empty()) {
        return trim(if_none_match) == "*" ? preferred : first_match(if_none_match, tags);
    }
    if (if_modified_since.empty() || !last_modified) {
        return std::nullopt;
    }
    const auto since = parse_date(trim(if_modified_since));
    if (!since || *last_modified > *since) {
        return std::nullopt;
    }
    return preferred;
}

}  // namespace tapalcatl::web
