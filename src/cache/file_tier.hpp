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

/// Which files a tier has, from the one used last to the one not used for the longest time. Not safe between threads.
class LruIndex {
 public:
    using Id = Digest;

    /// `max_bytes` counts whole blocks; `max_items` of 0 is no limit.
    LruIndex(std::uint64_t max_bytes, std::uint64_t max_items) : max_bytes_(max_bytes), max_items_(max_items) {}

    /// What a file of `size` bytes takes of the budget.
    static std::uint64_t weight_of(std::uint64_t size);

    /// It was used just now, or is new.
    void use(const Id& id, std::uint64_t size);

    /// It is there, and was last used before all others. Nothing if it is known.
    void append(const Id& id, std::uint64_t size);

    void erase(const Id& id);

    /// The one to remove next so that a file of `size` bytes fits in; nullopt if it does.
    std::optional<Id> to_evict_for(std::uint64_t size) const;

    /// The one to remove next as the budget is exceeded.
    std::optional<Id> to_evict() const;

    std::uint64_t bytes() const { return bytes_; }
    std::size_t items() const { return places_.size(); }

 private:
    struct Item {
        Id id;
        std::uint64_t weight;
    };
    /// Hashes are spread already.
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
