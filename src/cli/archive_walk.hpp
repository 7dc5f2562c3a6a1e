#pragma once

#include "base/error.hpp"
#include "cli/bucket_pages.hpp"
#include "settings/location.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace tapalcatl::cli {

/// An archive, or a folder or a prefix that cannot be listed.
struct FoundArchive {
    std::string path;
    std::uint64_t size_bytes = 0;  ///< 0 if unknown
    std::optional<Error> error;
};

/// Finds archives: those that are named, and recursively, in the order of names, those in folders and buckets.
///
/// In folders, it finds files named *.zip. It follows links to files, but not links from folders to folders.
/// s3://bucket and s3://bucket/prefix stand for the keys *.zip under prefix/, unless the prefix itself ends with .zip;
/// if there is no key under it, it is taken for the key of an archive. Memory: the names in the folders from the root
/// to the current one, and a page of a bucket, not of all archives.
class ArchiveWalk {
 public:
    /// A page of the keys of a bucket, as BucketPages::list().
    using ListBucket = std::function<Result<BucketPage>(const std::string& bucket, const std::string& prefix,
                                                        const std::string& after)>;

    /// Requires: `paths` are results of archive_path(), or s3://bucket; `list_bucket` is not null if one begins with
    /// s3://.
    explicit ArchiveWalk(std::vector<std::string> paths, ListBucket list_bucket = nullptr);

    /// The next one; nullopt at the end.
    std::optional<FoundArchive> next();

 private:
    /// The rest of a prefix.
    struct Prefix {
        BucketLocation location;
        std::string after;  ///< the key before it; empty: all of it
    };
    struct Item {
        std::string path;
        bool is_folder = false;
        std::uint64_t size_bytes = 0;  ///< 0 if unknown
        std::optional<Prefix> prefix = {};
    };

    /// The content of `folder`, last name first. Fails: io, denied.
    static Result<std::vector<Item>> list(const std::string& folder);

    /// The next page of a prefix, last key first, and below it the rest. Empty: there is no such prefix.
    Result<std::vector<Item>> list(const Prefix& prefix) const;

    ListBucket list_bucket_;
    std::vector<std::vector<Item>> levels_;  ///< what is still to be visited, last one first
};

}  // namespace tapalcatl::cli
