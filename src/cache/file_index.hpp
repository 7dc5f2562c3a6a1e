#pragma once

#include "base/hash.hpp"

#include <cstdint>
#include <cstring>
#include <list>
#include <optional>
#include <unordered_map>

namespace tapalcatl::cache {

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
