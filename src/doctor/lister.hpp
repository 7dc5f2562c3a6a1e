#pragma once

#include "base/error.hpp"

#include <cstddef>
#include <string>
#include <vector>

namespace tapalcatl::doctor {

/// Keys that a storage has.
struct Listing {
    std::vector<std::string> keys;
    std::vector<std::string> folders;  ///< with a '/' at their end; only where one level was asked for
    bool is_truncated = false;         ///< there are more
};

enum class Depth {
    one_level,  ///< what lies deeper is told by its folder
    all,
};

/// Looks at what there is in a storage. Keys come in the order of their bytes.
class Lister {
 public:
    static constexpr std::size_t max_keys = 1000;  ///< keys and folders in a listing

    virtual ~Lister() = default;

    /// The first keys that start with `prefix`, which is empty or ends with '/'. None is no failure.
    /// Fails: denied, unavailable, timeout, corrupt, io.
    virtual Result<Listing> list(const std::string& prefix, Depth depth) = 0;
};

}  // namespace tapalcatl::doctor
