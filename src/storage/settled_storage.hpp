#pragma once

#include "base/clock.hpp"
#include "base/memory_budget.hpp"
#include "storage/storage.hpp"

#include <boost/asio/any_io_executor.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>

namespace tapalcatl::storage {

struct SettledOptions {
    std::uint64_t archive_limit = 16 * 1024 * 1024;  ///< bytes; larger objects are not read whole
    std::size_t held_limit = 32 * 1024 * 1024;       ///< bytes of all objects that are held for their next reads
    std::size_t max_objects = 1000;                  ///< that are known to change their version
    std::shared_ptr<MemoryBudget> budget;            ///< that all of this is charged to; null: none
};

/// Reads of `inner`, for storages whose versions mislead: each node of a store has an ETag of its own for the same
/// bytes, or a file system tells another inode or "now" as the modification time at each look-up. With IfMatch such an
/// object could never be read.
///
/// An object that is `replaced` between two reads is read whole at its next first read, once, and gets a version that
/// is made of its content (a strong ETag with a SHA-256). Its ranges are then served from that copy as long as it is
/// held. Later they are read from `inner` as long as its version stays the same; otherwise the object is read whole
/// again and its content is compared. So bytes of two versions are never mixed, and objects that were really replaced
/// cost one whole read. If the same content comes under another version, a warning says that the versions mislead, and
/// the object is always read whole from then on.
///
/// Lifetime: the executor's context and the clock outlive this, and this outlives its reads.
std::unique_ptr<Storage> make_settled_storage(std::unique_ptr<Storage> inner, SettledOptions options,
                                              boost::asio::any_io_executor executor, const Clock& clock);

}  // namespace tapalcatl::storage
