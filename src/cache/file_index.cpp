#include "cache/file_index.hpp"

namespace tapalcatl::cache {
namespace {

/// Usual file systems give files space by these. It also bounds the memory of the index.
constexpr std::uint64_t block_size = 4096;

}  // namespace

std::uint64_t LruIndex::weight_of(std::uint64_t size) {
    return (size / block_size + (size % block_size == 0 ? 0 : 1)) * block_size;
}

void LruIndex::use(const Id& id, std::uint64_t size) {
    const auto weight = weight_of(size);
    const auto place = places_.find(id);
    if (place == places_.end()) {
        items_.push_front({id, weight});
        places_.emplace(id, items_.begin());
    } else {
        items_.splice(items_.begin(), items_, place->second);
        bytes_ -= items_.front().weight;
        items_.front().weight = weight;
    }
    bytes_ += weight;
}

void LruIndex::append(const Id& id, std::uint64_t size) {
    if (places_.count(id) != 0) {
        return;
    }
    items_.push_back({id, weight_of(size)});
    places_.emplace(id, std::prev(items_.end()));
    bytes_ += items_.back().weight;
}

void LruIndex::erase(const Id& id) {
    const auto place = places_.find(id);
    if (place != places_.end()) {
        bytes_ -= place->second->weight;
        items_.erase(place->second);
        places_.erase(place);
    }
}

std::optional<LruIndex::Id> LruIndex::to_evict_for(std::uint64_t size) const {
    const auto weight = weight_of(size);
    const bool fits = weight <= max_bytes_ && bytes_ <= max_bytes_ - weight;
    const bool has_place = max_items_ == 0 || items() < max_items_;
    if (items_.empty() || (fits && has_place)) {
        return std::nullopt;
    }
    return items_.back().id;
}

std::optional<LruIndex::Id> LruIndex::to_evict() const {
    if (items_.empty() || (bytes_ <= max_bytes_ && (max_items_ == 0 || items() <= max_items_))) {
        return std::nullopt;
    }
    return items_.back().id;
}

}  // namespace tapalcatl::cache
