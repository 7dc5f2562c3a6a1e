#pragma once

#include "base/hash.hpp"
#include "cache/tier.hpp"

#include <boost/asio/any_io_executor.hpp>

#include <cstdint>
#include <cstring>
#include <filesystem>
#include <list>
#include <memory>
#include <optional>
#include <unordered_map>

namespace tapalcatl::cache {

struct FileTierOptions {
    std::filesystem::path folder;             ///< CACHE_DIR: the tier uses only its subfolder tapalcatl-t1
    std::uint64_t max_bytes = 1'000'000'000;  ///< on disk; each file counts in blocks of 4096 bytes
    std::uint64_t max_items = 0;              ///< 0: no limit
    std::uint64_t value_limit = 64'000'000;   ///< bytes; longer files are not read
    unsigned threads = 2;                     ///< that read
    std::uint64_t gets_limit = 1000;          ///< reads that wait for these threads; further reads fail at once
};

/// A tier of files. Other contents of the folder are neither read nor changed.
///
/// Each value is a file, which is written under a temporary name and renamed: a reader sees all of it or nothing. Files
/// are not synced: a file may be torn after a loss of power, which its reader detects by the checksum. When the budget
/// is exceeded, the least recently used values are removed. Files that exist at the start are counted in the
/// background, and nothing is written before that is done; of these the oldest files are removed first. The index takes
/// about 140 bytes of memory for each file. Several servers may use one folder; each of them then applies its own
/// budget.
///
/// The folder is created at the first write. Files are read and written on threads of the tier. Fails: timeout,
/// overloaded (see gets_limit), too_large (a value over the budget), denied, io (a full disk, say). Lifetime: the
/// executor's context outlives it. The destructor waits for running file operations.
std::unique_ptr<Tier> make_file_tier(FileTierOptions options, boost::asio::any_io_executor executor);

/// The files of a tier in the order of their last use. Not thread-safe.
class LruIndex {
 public:
    using Id = Digest;

    /// `max_bytes` counts whole blocks; `max_items` of 0 is no limit.
    LruIndex(std::uint64_t max_bytes, std::uint64_t max_items) : max_bytes_(max_bytes), max_items_(max_items) {}

    /// The bytes of the budget that a file of `size` bytes takes.
    static std::uint64_t weight_of(std::uint64_t size);

    /// Makes the file the most recently used one, and adds it if it is new.
    void use(const Id& id, std::uint64_t size);

    /// Adds the file as the least recently used one, unless it is known.
    void append(const Id& id, std::uint64_t size);

    void erase(const Id& id);

    /// The file to remove next to make room for a file of `size` bytes; nullopt if there is room.
    std::optional<Id> to_evict_for(std::uint64_t size) const;

    /// The file to remove next while the budget is exceeded; nullopt if it is not.
    std::optional<Id> to_evict() const;

    std::uint64_t bytes() const { return bytes_; }
    std::size_t items() const { return places_.size(); }

 private:
    struct Item {
        Id id;
        std::uint64_t weight;
    };
    /// The ids are hashes already.
    struct Hash {
        std::size_t operator()(const Id& id) const {
            std::size_t part = 0;
            std::memcpy(&part, id.data(), sizeof part);
            return part;
        }
    };

    std::uint64_t max_bytes_;
    std::uint64_t max_items_;
    std::uint64_t bytes_ = 0;
    std::list<Item> items_;
    std::unordered_map<Id, std::list<Item>::iterator, Hash> places_;
};

}  // namespace tapalcatl::cache
