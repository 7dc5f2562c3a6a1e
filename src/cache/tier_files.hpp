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

/// The files of a tier: a folder of its own with 256 folders of values, and one where values are written before they
/// are renamed. All of it blocks. Safe on several threads and in several processes at once.
class ValueFiles {
 public:
    using Id = Digest;

    struct Found {
        Id id;
        std::uint64_t size;
        std::int64_t written_at;  ///< nanoseconds; only the order counts
    };

    /// `folder` need not be there.
    explicit ValueFiles(std::filesystem::path folder);

    /// All values, in no order. Removes what writers left behind that were killed. What is not of this tier is left
    /// alone, as is what cannot be read. Ends early, with part of it, once `stop` is set.
    std::vector<Found> scan(const std::atomic<bool>& stop);

    /// The value `id`; nullopt if there is none. Fails: too_large (over `limit` bytes), denied, io.
    Result<std::optional<SharedBytes>> read(const Id& id, std::uint64_t limit) const;

    /// Puts a value, in place of what is there, and makes folders as needed. Fails: denied, io; then what was there is
    /// still there.
    Result<void> write(const Id& id, Bytes value);

    /// Removes a value, if it is there.
    void remove(const Id& id) const;

    const std::filesystem::path& folder() const { return folder_; }

 private:
    std::filesystem::path path_of(const Id& id) const;
    Result<void> write_and_rename(const std::filesystem::path& temporary, const std::filesystem::path& place,
                                  Bytes value) const;

    std::filesystem::path folder_;
    std::filesystem::path temporaries_;
    std::string process_;  ///< tells its temporary files from those of others
    std::atomic<std::uint64_t> writes_{0};
};

}  // namespace tapalcatl::cache
