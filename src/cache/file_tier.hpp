#pragma once

#include "cache/tier.hpp"

#include <boost/asio/any_io_executor.hpp>

#include <cstdint>
#include <filesystem>
#include <memory>

namespace tapalcatl::cache {

struct FileTierOptions {
    std::filesystem::path folder;             ///< CACHE_DIR: its subfolder tapalcatl-t1 is the tier's, nothing else
    std::uint64_t max_bytes = 1'000'000'000;  ///< on disk, in blocks of 4096 bytes each file
    std::uint64_t max_items = 0;              ///< 0: as many as fit
    std::uint64_t value_limit = 64'000'000;   ///< bytes; longer files are none of ours
    unsigned threads = 2;                     ///< that read
    std::uint64_t gets_limit = 1000;          ///< waiting for these threads; further ones fail at once
};

/// A tier of files. What is in the folder beside the tier's own is neither read nor changed.
///
/// Each value is a file, written beside its place and renamed: a reader sees all of it or nothing. Nothing is synced:
/// after a loss of power a file may be torn, which whoever reads it notices. Over the budget the values that were not
/// used for the longest time go first; what is there at the start is counted first, behind the callers' back, and
/// nothing is written before that is done; of these the oldest files go first. The index takes about 140 bytes of
/// memory for each file. Several servers may use one folder; the budget is then each one's own.
///
/// The folder is made when it is first written to. Reading and writing happen on threads of the tier's own.
/// Fails: timeout, overloaded (see gets_limit), too_large (a value over the budget), denied, io (a full disk, say).
/// Lifetime: the executor's context outlives it. Its end waits for the file operations under way.
std::unique_ptr<Tier> make_file_tier(FileTierOptions options, boost::asio::any_io_executor executor);

}  // namespace tapalcatl::cache
