#include "source/ranges.hpp"

#include <algorithm>
#include <numeric>

namespace tapalcatl::source {

std::vector<MergedRange> merge(std::span<const zip::Extent> extents, std::uint64_t gap, std::uint64_t limit) {
    std::vector<std::size_t> order(extents.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::sort(order.begin(), order.end(),
              [&](std::size_t a, std::size_t b) { return extents[a].offset < extents[b].offset; });

    std::vector<MergedRange> ranges;
    for (const auto index : order) {
        const auto& extent = extents[index];
        const auto extent_end = extent.offset + extent.size;
        if (!ranges.empty()) {
            auto& last = ranges.back();
            const auto last_end = last.extent.offset + last.extent.size;
            const auto end = std::max(last_end, extent_end);
            const bool is_inside = extent_end <= last_end;
            const bool is_near = extent.offset <= last_end || extent.offset - last_end <= gap;
            if (is_inside || (is_near && end - last.extent.offset <= limit)) {
                last.extent.size = end - last.extent.offset;
                last.members.push_back(index);
                continue;
            }
        }
        ranges.push_back(MergedRange{extent, {index}});
    }
    return ranges;
}

std::optional<Bytes> bytes_of(const zip::Entry& entry, const storage::Content& content) {
    const auto extent = zip::extent_of(entry);
    if (extent.offset < content.offset) {
        return std::nullopt;
    }
    const auto part = slice(content.bytes.view(), extent.offset - content.offset, extent.size);
    if (!part) {
        return std::nullopt;
    }
    return *part;
}

}  // namespace tapalcatl::source
