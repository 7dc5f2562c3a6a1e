#include "storage/storage.hpp"

#include <algorithm>

namespace tapalcatl::storage {

Awaitable<bool> Storage::settle(SteadyTime /*deadline*/) {
    co_return true;
}

Result<Span> resolve(const Range& range, std::uint64_t size) {
    if (const auto* suffix = std::get_if<Suffix>(&range)) {
        const auto length = std::min(suffix->size, size);
        return Span{size - length, length};
    }
    if (const auto* span = std::get_if<Span>(&range)) {
        if (span->offset > size || span->size > size - span->offset) {
            return fail(Errc::corrupt, "{} bytes at {} are not inside the object of {} bytes", span->size, span->offset,
                        size);
        }
        return *span;
    }
    return Span{0, size};
}

}  // namespace tapalcatl::storage
