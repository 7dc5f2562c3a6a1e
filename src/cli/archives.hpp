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
/// on the caller's thread. A `path` is what archive_path() answers. Lifetime: `settings` outlives this.
class ArchiveReader {
 public:
    ArchiveReader(const Settings& settings, Environment environment);

    /// Fails: as source::read_head() and StorageFactory::open(); not_found also where a folder of `path` is missing.
    /// Messages do not name `path`.
    Result<source::ArchiveHead> head(const std::string& path);

    /// `extent` of the archive at `path`, if it is still what `head` was read from. From memory where `head` has it.
    Result<SharedBytes> read(const std::string& path, const source::ArchiveHead& head, zip::Extent extent);

    /// The content of `entry`, an entry of `head`, checked.
    ///
    /// Lifetime: until the next call on this.
    /// Fails: too_large over `ceiling`, corrupt, unsupported, as storage::Storage::read().
    Result<Bytes> content(const std::string& path, const source::ArchiveHead& head, const zip::Entry& entry,
                          std::uint64_t ceiling);

    /// The same, where `bytes` are those from the entry's local header on.
    Result<Bytes> content_of(const zip::Entry& entry, Bytes bytes, std::uint64_t ceiling);

 private:
    struct Place {
        storage::Storage* storage;
        std::string key;
    };
    Result<Place> place_of(const std::string& path);

    const Settings& settings_;
    boost::asio::io_context context_;
    app::StorageFactory storages_;
    std::map<std::string, std::unique_ptr<storage::Storage>> opened_;  ///< by what their keys are below
    zip::Inflater inflater_;
    SharedBytes entry_bytes_;
};

/// Refuses, before anything of it is read, an entry over `ceiling`, inflated or as it is stored. Fails: too_large.
Result<void> check_size(const zip::Entry& entry, std::uint64_t ceiling);

/// What ARCHIVE on the command line stands for: a path as it is, the path of a file:// URL, or an s3:// or https://
/// URL. Fails: usage for other URLs.
Result<std::string> archive_path(std::string_view archive);

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

/// An archive on the way, or a place where there should be some and that cannot be looked at.
struct Found {
    std::string path;
    std::uint64_t size_bytes = 0;  ///< 0 if that cannot be told
    std::optional<Error> error;
};

/// Walks through archives and folders in the order they are given, folders in the order of names and all the way down.
///
/// In folders it takes what is called *.zip. Links to files are followed, links to folders inside folders are not.
/// Memory: the names of the folders on the way down, not of all archives.
class ArchiveWalk {
 public:
    /// `paths` as archive_path() gives them.
    explicit ArchiveWalk(std::vector<std::string> paths);

    /// The next one; nullopt at the end.
    std::optional<Found> next();

 private:
    struct Item {
        std::string path;
        bool is_folder = false;
    };

    /// What is in `folder`, last name first. Fails: io, denied.
    static Result<std::vector<Item>> list(const std::string& folder);

    std::vector<std::vector<Item>> levels_;  ///< what is still to come, last one first
};

}  // namespace tapalcatl::cli
