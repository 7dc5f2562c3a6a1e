#pragma once

#include "base/bytes.hpp"
#include "base/error.hpp"
#include "base/hash.hpp"

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace tapalcatl::cache {

/// The files of a tier: a folder with 256 subfolders of values, and one in which values are written before they are
/// renamed. All functions block. Safe for concurrent use by several threads and processes.
class ValueFiles {
 public:
    using Id = Digest;

    struct Found {
        Id id;
        std::uint64_t size;
        std::int64_t written_at;  ///< nanoseconds; only the order counts
    };

    /// `folder` need not exist.
    explicit ValueFiles(std::filesystem::path folder);

    /// All values, in no order. Removes temporary files of writers that were killed. Files that are not of this tier,
    /// or cannot be read, are left alone. Ends early, with a part of the values, once `stop` is set.
    std::vector<Found> scan(const std::atomic<bool>& stop);

    /// The value `id`; nullopt if there is none. Fails: too_large (over `limit` bytes), denied, io.
    Result<std::optional<SharedBytes>> read(const Id& id, std::uint64_t limit) const;

    /// Stores a value, replaces an earlier one, and creates folders as needed. Fails: denied, io; an earlier value is
    /// then kept.
    Result<void> write(const Id& id, Bytes value);

    /// Removes a value, if it exists.
    void remove(const Id& id) const;

    const std::filesystem::path& folder() const { return folder_; }

 private:
    std::filesystem::path path_of(const Id& id) const;
    /// Fails: not_found if a folder is missing.
    Result<void> write_and_rename(const std::filesystem::path& temporary, const std::filesystem::path& place,
                                  Bytes value) const;

    std::filesystem::path folder_;
    std::filesystem::path temporaries_;
    std::string process_;  ///< distinguishes the temporary files of this process
    std::atomic<std::uint64_t> writes_{0};
};

}  // namespace tapalcatl::cache
