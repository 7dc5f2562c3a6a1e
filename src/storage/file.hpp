#pragma once

#include "storage/storage.hpp"

#include <boost/asio/any_io_executor.hpp>

#include <memory>
#include <string>

namespace tapalcatl::storage {

/// A storage in a folder: a key is the path of a file below `root`.
///
/// A file's version is its modification time, size and inode as a strong ETag. A file that is replaced by renaming is
/// read consistently. A file that is written in place while it is read is `replaced`; if only its modification time
/// changes meanwhile, its bytes are read twice and compared. Data outside the page cache is
/// read on a pool of `threads` threads, so that a slow disk does not block the caller. Fails: not_found also for a key
/// that leaves the folder; denied without read permission; io if it is not a regular file.
std::unique_ptr<Storage> make_file_storage(std::string root, boost::asio::any_io_executor executor,
                                           unsigned threads = 4);

}  // namespace tapalcatl::storage
