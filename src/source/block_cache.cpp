#include "source/block_cache.hpp"

#include <algorithm>
#include <deque>
#include <functional>
#include <list>
#include <mutex>
#include <unordered_map>

namespace tapalcatl::source {
namespace {

/// A shard's lock is held for well under a microsecond; this keeps shards large enough for any tile.
constexpr std::size_t bytes_per_shard = 32 * 1000 * 1000;
constexpr std::size_t max_shards = 16;

/// What an entry costs beside its key and value: list and map nodes, the bucket, malloc's headers.
constexpr std::size_t node_overhead = 192;

constexpr std::uint8_t max_uses = 3;

std::uint64_t hash_of(std::string_view key) {
    // libstdc++ hashes by murmur; its upper bits choose the shard, its lower ones the bucket.
    return std::hash<std::string_view>{}(key);
}

}  // namespace

/// One part of the cache, with a lock and queues of its own.
class BlockCache::Shard {
 public:
    std::shared_ptr<const Held> find(std::string_view key, bool counts) {
        const std::lock_guard lock(mutex_);
        const auto found = nodes_.find(key);
        if (found == nodes_.end()) {
            return nullptr;
        }
        auto& node = *found->second;
        if (counts && node.uses < max_uses) {
            ++node.uses;
        }
        return node.value;
    }

    void insert(std::string_view key, std::uint64_t hash, std::shared_ptr<const Held> value, std::size_t budget) {
        const auto weight = value->weight + 2 * key.size() + node_overhead;
        // What leaves the shard is destroyed after the lock is let go: freeing a large block takes its time.
        std::list<Node> gone;
        const std::lock_guard lock(mutex_);
        remove(key, gone);
        if (weight > budget) {
            return;
        }
        const bool known = forget_ghost(hash);
        auto& queue = known ? main_ : small_;
        queue.nodes.push_front(Node{std::string(key), hash, std::move(value), weight, 0, known});
        queue.weight += weight;
        nodes_.emplace(queue.nodes.front().key, queue.nodes.begin());
        shrink(budget, gone);
    }

    void erase(std::string_view key) {
        std::list<Node> gone;
        const std::lock_guard lock(mutex_);
        remove(key, gone);
    }

    void trim(std::size_t budget) {
        std::list<Node> gone;
        const std::lock_guard lock(mutex_);
        shrink(budget, gone);
    }

    std::size_t used() const {
        const std::lock_guard lock(mutex_);
        return small_.weight + main_.weight;
    }

 private:
    struct Node {
        std::string key;
        std::uint64_t hash;
        std::shared_ptr<const Held> value;
        std::size_t weight;
        std::uint8_t uses;
        bool in_main;
    };

    struct Queue {
        std::list<Node> nodes;  ///< the newest first
        std::size_t weight = 0;
    };

    void remove(std::string_view key, std::list<Node>& gone) {
        const auto found = nodes_.find(key);
        if (found == nodes_.end()) {
            return;
        }
        const auto node = found->second;
        auto& queue = node->in_main ? main_ : small_;
        queue.weight -= node->weight;
        nodes_.erase(found);
        gone.splice(gone.begin(), queue.nodes, node);
    }

    void shrink(std::size_t budget, std::list<Node>& gone) {
        while (small_.weight + main_.weight > budget) {
            if (small_.weight > budget / 10 || main_.nodes.empty()) {
                leave_small(gone);
            } else {
                leave_main(gone);
            }
        }
    }

    /// The oldest of the small queue moves up if it was used more than once, else it goes and leaves its ghost.
    void leave_small(std::list<Node>& gone) {
        const auto oldest = std::prev(small_.nodes.end());
        small_.weight -= oldest->weight;
        if (oldest->uses > 1) {
            oldest->uses = 0;
            oldest->in_main = true;
            main_.weight += oldest->weight;
            main_.nodes.splice(main_.nodes.begin(), small_.nodes, oldest);
            return;
        }
        remember_ghost(oldest->hash);
        nodes_.erase(oldest->key);
        gone.splice(gone.begin(), small_.nodes, oldest);
    }

    /// The oldest of the main queue goes round again for each time it was used, else it goes.
    void leave_main(std::list<Node>& gone) {
        const auto oldest = std::prev(main_.nodes.end());
        if (oldest->uses > 0) {
            --oldest->uses;
            main_.nodes.splice(main_.nodes.begin(), main_.nodes, oldest);
            return;
        }
        main_.weight -= oldest->weight;
        nodes_.erase(oldest->key);
        gone.splice(gone.begin(), main_.nodes, oldest);
    }

    /// A ghost is the hash of what left the small queue: who comes back while it is known goes to the main queue at
    /// once.
    void remember_ghost(std::uint64_t hash) {
        ghosts_.push_back(hash);
        ++ghost_counts_[hash];
        while (ghosts_.size() > std::max<std::size_t>(main_.nodes.size(), 64)) {
            drop_ghost(ghosts_.front());
            ghosts_.pop_front();
        }
    }

    bool forget_ghost(std::uint64_t hash) { return ghost_counts_.erase(hash) > 0; }

    void drop_ghost(std::uint64_t hash) {
        const auto count = ghost_counts_.find(hash);
        if (count != ghost_counts_.end() && --count->second == 0) {
            ghost_counts_.erase(count);
        }
    }

    mutable std::mutex mutex_;
    std::unordered_map<std::string_view, std::list<Node>::iterator> nodes_;
    Queue small_;
    Queue main_;
    std::deque<std::uint64_t> ghosts_;
    std::unordered_map<std::uint64_t, unsigned> ghost_counts_;
};

BlockCache::BlockCache(std::size_t budget) : budget_(budget) {
    const auto count = std::clamp<std::size_t>(budget / bytes_per_shard, 1, max_shards);
    for (std::size_t i = 0; i < count; ++i) {
        shards_.push_back(std::make_unique<Shard>());
    }
}

BlockCache::~BlockCache() = default;

std::shared_ptr<const Held> BlockCache::find(std::string_view key) {
    return shard_of(hash_of(key)).find(key, true);
}

std::shared_ptr<const Held> BlockCache::peek(std::string_view key) const {
    return shard_of(hash_of(key)).find(key, false);
}

void BlockCache::insert(std::string_view key, std::shared_ptr<const Held> value) {
    const auto hash = hash_of(key);
    shard_of(hash).insert(key, hash, std::move(value), shard_budget());
}

void BlockCache::erase(std::string_view key) {
    shard_of(hash_of(key)).erase(key);
}

std::size_t BlockCache::used() const {
    std::size_t sum = 0;
    for (const auto& shard : shards_) {
        sum += shard->used();
    }
    return sum;
}

void BlockCache::reserve(std::size_t bytes) {
    reserved_.fetch_add(bytes, std::memory_order_relaxed);
    for (const auto& shard : shards_) {
        shard->trim(shard_budget());
    }
}

std::size_t BlockCache::shard_budget() const {
    const auto taken = std::min(reserved(), budget_);
    return (budget_ - taken) / shards_.size();
}

}  // namespace tapalcatl::source
