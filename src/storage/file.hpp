#pragma once

#include "storage/storage.hpp"

#include <boost/asio/any_io_executor.hpp>

#include <memory>
#include <string>

namespace tapalcatl::storage {

/// Archives in a folder: the key is the path below `root`.
///
/// A file's version is its modification time, size and inode, told as a strong ETag. A file that is replaced by
/// renaming is read consistently; one that is written in place while it is read is `replaced`. What is not in the page
/// cache is read on `threads` threads of its own, so that a slow disk does not hold up the caller. Fails: not_found
/// also for a key that leaves the folder; denied without permission; io for what is no regular file.
std::unique_ptr<Storage> make_file_storage(std::string root, boost::asio::any_io_executor executor,
                                           unsigned threads = 4);

}  // namespace tapalcatl::storage
