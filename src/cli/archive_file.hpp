#pragma once

#include "base/bytes.hpp"
#include "base/error.hpp"
#include "source/archive.hpp"
#include "storage/storage.hpp"
#include "zip/directory.hpp"
#include "zip/entry.hpp"

#include <boost/asio/io_context.hpp>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace tapalcatl::cli {

/// Reads archives on disk through the same code as the server, one after the other and on the caller's thread.
class ArchiveReader {
 public:
    explicit ArchiveReader(source::ReadPolicy policy = {});

    /// Fails: as source::read_head(); not_found also where a folder of `path` is missing. Messages do not name `path`.
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
    source::ReadPolicy policy_;
    boost::asio::io_context context_;
    std::unique_ptr<storage::Storage> storage_;
    zip::Inflater inflater_;
    SharedBytes entry_bytes_;
};

/// Refuses, before anything of it is read, an entry over `ceiling`, inflated or as it is stored. Fails: too_large.
Result<void> check_size(const zip::Entry& entry, std::uint64_t ceiling);

/// The path that ARCHIVE on the command line stands for: as it is, or out of a file:// URL.
/// Fails: usage for other URLs.
Result<std::string> archive_path(std::string_view archive);

}  // namespace tapalcatl::cli
