#pragma once

#include "base/bytes.hpp"
#include "storage/storage.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace tapalcatl::source {

/// One read that brings several spans.
struct MergedRange {
    storage::Span extent;
    std::vector<std::size_t> members;  ///< indices into what was merged
};

/// Merges spans that lie at most `gap` bytes apart into ranges of at most `limit` bytes. A span longer than that stays
/// whole, in a range of its own or with what it overlaps. Ranges come in the order of their offsets.
std::vector<MergedRange> merge(std::span<const storage::Span> spans, std::uint64_t gap, std::uint64_t limit);

/// Whether all of `inner` lies in `outer`.
bool is_inside(const storage::Span& inner, const storage::Span& outer);

/// The bytes of `span`, if `content` has all of them. Lifetime: views `content`.
std::optional<Bytes> bytes_of(const storage::Span& span, const storage::Content& content);

}  // namespace tapalcatl::source
