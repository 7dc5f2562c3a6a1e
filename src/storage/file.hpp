#pragma once

#include "storage/storage.hpp"

#include <boost/asio/any_io_executor.hpp>

#include <memory>
#include <string>

namespace tapalcatl::storage {

/// Threads for reads that wait for a disk. Storages in folders of one file system share them, so that their number does
/// not grow with that of the folders, and a disk that hangs does not hold up the others. Its destruction waits for the
/// reads that the threads have begun.
class DiskThreads;
std::shared_ptr<DiskThreads> make_disk_threads(unsigned threads = 4);

/// A storage in a folder: a key is the path of a file below `root`.
///
/// A file's version is its modification time, size and inode as a strong ETag. A file that is replaced by renaming is
/// read consistently. A file that is written in place while it is read is `replaced`; if only its modification time
/// changes meanwhile, its bytes are read twice and compared. Data outside the page cache is
/// read on `threads`, so that a slow disk does not block the caller. Fails: not_found also for a key
/// that leaves the folder; denied without read permission; io if it is not a regular file.
std::unique_ptr<Storage> make_file_storage(std::string root, boost::asio::any_io_executor executor,
                                           std::shared_ptr<DiskThreads> threads = make_disk_threads());

}  // namespace tapalcatl::storage
