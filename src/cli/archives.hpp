#pragma once

#include "app/storage_factory.hpp"
#include "base/bytes.hpp"
#include "base/error.hpp"
#include "source/archive.hpp"
#include "storage/storage.hpp"
#include "zip/directory.hpp"
#include "zip/entry.hpp"

#include <boost/asio/io_context.hpp>

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tapalcatl::cli {

/// Reads archives on disk, in buckets and on web servers through the same code as the server, one after the other and
/// on the caller's thread. A `path` is a result of archive_path(). Lifetime: `settings` outlives this.
class ArchiveReader {
 public:
    ArchiveReader(const Settings& settings, EnvironmentVariables environment);

    /// Fails: as source::read_head() and StorageFactory::open(); not_found also where a folder of `path` is missing.
    /// Messages do not contain `path`.
    Result<source::ArchiveHead> head(const std::string& path);

    /// Reads `extent` of the archive at `path`, if the archive is still the version of `head`. Uses the bytes in `head`
    /// where possible.
    Result<SharedBytes> read(const std::string& path, const source::ArchiveHead& head, zip::Extent extent);

    /// Reads and checks the content of `entry`, an entry of `head`.
    ///
    /// Lifetime: until the next call on this.
    /// Fails: too_large over `ceiling`, corrupt, unsupported, as storage::Storage::read().
    Result<Bytes> content(const std::string& path, const source::ArchiveHead& head, const zip::Entry& entry,
                          std::uint64_t ceiling);

    /// The same for `bytes` that were already read, starting at the entry's local header.
    Result<Bytes> content_of(const zip::Entry& entry, Bytes bytes, std::uint64_t ceiling);

 private:
    struct ObjectAddress {
        storage::Storage* storage;
        std::string key;
    };
    Result<ObjectAddress> address_of(const std::string& path);

    const Settings& settings_;
    boost::asio::io_context context_;
    app::StorageFactory storages_;
    std::map<std::string, std::unique_ptr<storage::Storage>> opened_;  ///< by the URL that their keys are relative to
    zip::Inflater inflater_;
    SharedBytes entry_bytes_;
};

/// Checks an entry's sizes before it is read. Fails: too_large if the inflated or the stored size is over `ceiling`.
Result<void> check_size(const zip::Entry& entry, std::uint64_t ceiling);

/// Converts the ARCHIVE of a command line: a path is kept, a file:// URL becomes its path, an s3:// or https:// URL is
/// kept. Fails: usage for other URLs.
Result<std::string> archive_path(std::string_view archive);

/// The ARCHIVE of a command line in messages and output: of a URL the query is masked, because it may be a signature.
std::string archive_for_people(std::string_view archive);

/// A fault of an archive.
struct ArchiveFault {
    std::string entry;  ///< empty: the archive itself
    Error error;
};

/// The result of a complete check of an archive.
struct ArchiveReport {
    std::uint64_t size_bytes = 0;  ///< 0 if it could not be read at all
    std::uint64_t entries = 0;
    std::uint64_t inflated_bytes = 0;
    std::uint64_t gzipped = 0;         ///< entries whose content is itself gzip
    std::vector<ArchiveFault> faults;  ///< the first ones
    std::uint64_t more_faults = 0;     ///< number of further faults
    bool is_corrupt = false;           ///< damaged, or of a kind that the server does not support
    bool is_unreadable = false;        ///< completely or in part
};

/// Reads every entry of the archive at `path`, in the order of the file, and checks it like the server. An archive that
/// is replaced meanwhile is checked once more from its start.
///
/// `bytes_read` is increased during the check, for progress. Memory: the directory, 4 MiB or the largest entry that the
/// ceiling allows, and that entry inflated.
ArchiveReport check_archive(ArchiveReader& reader, const std::string& path, std::uint64_t ceiling,
                            std::atomic<std::uint64_t>& bytes_read);

}  // namespace tapalcatl::cli
