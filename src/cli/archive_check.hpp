#pragma once

#include "base/error.hpp"
#include "cli/archive_file.hpp"

#include <atomic>
#include <cstdint>
#include <string>
#include <vector>

namespace tapalcatl::cli {

/// Something that is wrong in an archive.
struct Finding {
    std::string entry;  ///< empty: the archive as a whole
    Error error;
};

/// What reading all of an archive brought.
struct ArchiveReport {
    std::uint64_t size_bytes = 0;  ///< 0 if it could not be read at all
    std::uint64_t entries = 0;
    std::uint64_t inflated_bytes = 0;
    std::uint64_t gzipped = 0;        ///< entries whose content is gzip once more
    std::vector<Finding> findings;    ///< the first ones
    std::uint64_t more_findings = 0;  ///< that are not told one by one
    bool is_corrupt = false;          ///< or of a kind that the server refuses
    bool is_unreadable = false;       ///< all of it or a part
};

/// Reads every entry of the archive at `path`, in the order of the file, and checks it as the server would.
///
/// `bytes_read` grows on the way, for progress. Memory: the directory, 4 MiB or the largest entry that the ceiling
/// allows, and that entry inflated.
ArchiveReport check_archive(ArchiveReader& reader, const std::string& path, std::uint64_t ceiling,
                            std::atomic<std::uint64_t>& bytes_read);

}  // namespace tapalcatl::cli
