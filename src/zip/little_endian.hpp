#pragma once

#include "base/bytes.hpp"

#include <concepts>
#include <vector>

namespace tapalcatl::zip {

/// Appends `number` in the bytes of its type, the lowest first.
template <std::unsigned_integral Number>
void append_little_endian(std::vector<std::byte>& out, Number number) {
    for (unsigned i = 0; i < sizeof(Number); ++i) {
        out.push_back(static_cast<std::byte>(static_cast<std::uint64_t>(number) >> (8 * i) & 0xff));
    }
}

inline void append(std::vector<std::byte>& out, Bytes bytes) {
    out.insert(out.end(), bytes.begin(), bytes.end());
}

}  // namespace tapalcatl::zip
