#pragma once

#include "base/error.hpp"
#include "storage/storage.hpp"

#include <cstdint>

namespace tapalcatl::storage {

/// The part of an object of `size` bytes that `range` asks for. Fails: corrupt if it is not wholly inside.
Result<Span> resolve(const Range& range, std::uint64_t size);

}  // namespace tapalcatl::storage
