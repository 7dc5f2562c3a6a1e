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

/// Selects keys, in the order of their bytes.
struct ListOptions {
    std::string prefix;            ///< what keys start with
    std::string delimiter;         ///< keys with it behind the prefix are rolled up to it; empty: none are
    std::size_t max_keys = 1000;   ///< limits keys and common prefixes together; S3 returns at most 1000
    std::string start_after = {};  ///< only keys behind this one; empty: from the first one on
};

/// The query of the GET.
Query list_query(const ListOptions& options);

/// One response.
struct ObjectList {
    std::vector<std::string> keys;
    std::vector<std::uint64_t> sizes;          ///< of each key's object, in bytes; 0 if it is not told
    std::vector<std::string> common_prefixes;  ///< what keys were rolled up to, with the delimiter
    bool is_truncated = false;                 ///< there are more keys
};

/// A thousand keys of one kilobyte, percent-encoded: up to three characters for each byte.
constexpr std::size_t max_list_bytes = 4 * 1024 * 1024;

/// Parses the response. Fails: corrupt if it is another document or has a key with an invalid escape; too_large.
Result<ObjectList> parse_object_list(std::string_view body);

}  // namespace tapalcatl::aws
