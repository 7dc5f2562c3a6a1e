#include "source/ranges.hpp"

#include <algorithm>
#include <numeric>

namespace tapalcatl::source {

std::vector<MergedRange> merge(std::span<const storage::Span> spans, std::uint64_t gap, std::uint64_t limit) {
    std::vector<std::size_t> order(spans.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::sort(order.begin(), order.end(),
              [&](std::size_t a, std::size_t b) { return spans[a].offset < spans[b].offset; });

    std::vector<MergedRange> ranges;
    for (const auto index : order) {
        const auto& extent = spans[index];
        const auto extent_end = extent.offset + extent.size;
        if (!ranges.empty()) {
            auto& last = ranges.back();
            const auto last_end = last.extent.offset + last.extent.size;
            const auto end = std::max(last_end, extent_end);
            const bool is_within = extent_end <= last_end;
            const bool is_near = extent.offset <= last_end || extent.offset - last_end <= gap;
            if (is_within || (is_near && end - last.extent.offset <= limit)) {
                last.extent.size = end - last.extent.offset;
                last.members.push_back(index);
                continue;
            }
        }
        ranges.push_back(MergedRange{extent, {index}});
    }
    return ranges;
}

bool is_inside(const storage::Span& inner, const storage::Span& outer) {
    return inner.offset >= outer.offset && inner.offset + inner.size <= outer.offset + outer.size;
}

std::optional<Bytes> bytes_of(const storage::Span& span, const storage::Content& content) {
    if (span.offset < content.offset) {
        return std::nullopt;
    }
    const auto part = slice(content.bytes.view(), span.offset - content.offset, span.size);
    if (!part) {
        return std::nullopt;
    }
    return *part;
}

}  // namespace tapalcatl::source
