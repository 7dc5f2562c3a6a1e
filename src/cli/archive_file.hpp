#pragma once

#include "app/storages.hpp"
#include "base/bytes.hpp"
#include "base/error.hpp"
#include "source/archive.hpp"
#include "storage/storage.hpp"
#include "zip/directory.hpp"
#include "zip/entry.hpp"

#include <boost/asio/io_context.hpp>

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>

namespace tapalcatl::cli {

/// Reads archives on disk, in buckets and on web servers through the same code as the server, one after the other and
/// on the caller's thread. A `path` is what archive_path() answers. Lifetime: `settings` outlives this.
class ArchiveReader {
 public:
    ArchiveReader(const Settings& settings, EnvironmentVariables environment);

    /// Fails: as source::read_head() and Storages::open(); not_found also where a folder of `path` is missing. Messages
    /// do not name `path`.
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
    app::Storages storages_;
    std::map<std::string, std::unique_ptr<storage::Storage>> opened_;  ///< by what their keys are below
    zip::Inflater inflater_;
    SharedBytes entry_bytes_;
};

/// Refuses, before anything of it is read, an entry over `ceiling`, inflated or as it is stored. Fails: too_large.
Result<void> check_size(const zip::Entry& entry, std::uint64_t ceiling);

/// What ARCHIVE on the command line stands for: a path as it is, the path of a file:// URL, or an s3:// or https://
/// URL. Fails: usage for other URLs.
Result<std::string> archive_path(std::string_view archive);

}  // namespace tapalcatl::cli
