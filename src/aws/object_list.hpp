#pragma once

#include "base/error.hpp"
#include "base/url.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

/// Listing the keys of a bucket, with ListObjectsV2: a GET of the bucket itself.
namespace tapalcatl::aws {

/// Which keys are wanted, in the order of their bytes.
struct ListOptions {
    std::string prefix;            ///< that keys start with
    std::string delimiter;         ///< keys that have it after the prefix are rolled up to it; empty: none are
    std::size_t max_keys = 1000;   ///< keys and rolled up ones together; S3 gives no more than 1000
    std::string start_after = {};  ///< only keys behind this one; empty: from the first one on
};

/// The query of such a GET.
Query list_query(const ListOptions& options);

/// An answer.
struct ObjectList {
    std::vector<std::string> keys;
    std::vector<std::uint64_t> sizes;          ///< of each key's object, in bytes; 0 if it is not told
    std::vector<std::string> common_prefixes;  ///< what keys were rolled up to, delimiter included
    bool is_truncated = false;                 ///< there are more
};

/// A thousand keys of a kilobyte each, as URLs have them: three characters for each byte that is not plain.
constexpr std::size_t max_list_bytes = 4 * 1024 * 1024;

/// Fails: corrupt if it is no such answer, or has a key that is not encoded as it says; too_large.
Result<ObjectList> parse_object_list(std::string_view body);

}  // namespace tapalcatl::aws
