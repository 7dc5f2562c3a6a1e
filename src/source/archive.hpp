#pragma once

#include "base/awaitable.hpp"
#include "base/clock.hpp"
#include "source/container_format.hpp"
#include "storage/storage.hpp"
#include "zip/directory.hpp"

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace tapalcatl::source {

/// How an archive that nothing is known of is read first.
enum class ReadMode {
    automatic,  ///< its tail; a smaller archive arrives whole
    whole,      ///< all of it, up to archive_limit
    range,      ///< no more than it takes to find the directory
};

struct ReadPolicy {
    ReadMode mode = ReadMode::automatic;
    std::uint64_t tail_size = 256 * 1024;              ///< bytes of the first read in automatic mode
    std::uint64_t merge_gap = 256 * 1024;              ///< entries this near to each other are read together
    std::uint64_t merge_limit = 2 * 1024 * 1024;       ///< but not in ranges longer than this
    std::uint64_t directory_limit = 64 * 1024 * 1024;  ///< longer directories are refused
    std::uint64_t archive_limit = 16 * 1024 * 1024;  ///< in mode whole: of larger archives the end is read, then ranges
};

/// What opening an archive brings.
struct OpenedArchive {
    bool not_modified = false;  ///< the condition held: there is neither a directory nor a piece
    std::shared_ptr<const ContainerDirectory> directory;
    storage::Version version;
    std::chrono::seconds age{0};           ///< of that version, see storage::Content::time_since_validation
    std::vector<storage::Content> pieces;  ///< what was read, of that version
};

/// Reads an archive's directory, in as many reads as its format needs.
///
/// Fails: as storage::Storage::read(); as ContainerFormat::open(). Messages do not name the key.
/// Lifetime: `storage` outlives the coroutine.
Awaitable<Result<OpenedArchive>> open_archive(storage::Storage& storage, std::shared_ptr<const ContainerFormat> format,
                                              std::string key, storage::Condition condition, SteadyTime deadline);

/// What the first read of a zip archive brings.
struct ArchiveHead {
    bool not_modified = false;  ///< the condition held: nothing else is set
    std::shared_ptr<const zip::Directory> directory;
    storage::Version version;
    storage::Content tail;  ///< the end of the archive, as far as it was read; all of it where tail.offset is 0
};

/// Reads a zip archive's directory: one read where the tail holds all of it, else two.
///
/// Fails: as open_archive().
Awaitable<Result<ArchiveHead>> read_head(storage::Storage& storage, std::string key, storage::Condition condition,
                                         ReadPolicy policy, SteadyTime deadline);

}  // namespace tapalcatl::source
