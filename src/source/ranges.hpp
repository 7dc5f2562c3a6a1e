#pragma once

#include "base/bytes.hpp"
#include "storage/storage.hpp"
#include "zip/entry.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace tapalcatl::source {

/// One read that brings several extents.
struct MergedRange {
    zip::Extent extent;
    std::vector<std::size_t> members;  ///< indices into what was merged
};

/// Merges extents that lie at most `gap` bytes apart into ranges of at most `limit` bytes. An extent longer than that
/// stays whole, in a range of its own or with what it overlaps. Ranges come in the order of their offsets.
std::vector<MergedRange> merge(std::span<const zip::Extent> extents, std::uint64_t gap, std::uint64_t limit);

/// The bytes of `entry`, from its local header on, if `content` has all that must be read of it. Lifetime: views
/// `content`.
std::optional<Bytes> bytes_of(const zip::Entry& entry, const storage::Content& content);

}  // namespace tapalcatl::source
