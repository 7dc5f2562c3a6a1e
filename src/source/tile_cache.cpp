#include "source/tile_cache.hpp"

#include <algorithm>
#include <deque>
#include <functional>
#include <iterator>
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

std::uint64_t hash_of(std::string_view key) {
    // libstdc++ hashes by murmur; its upper bits choose the shard, its lower ones the bucket.
    return std::hash<std::string_view>{}(key);
}

}  // namespace

/// One part of the cache, with a lock and queues of its own.
class TileCache::Shard {
 public:
    /// `used` counts the bytes of all shards.
    Shard(std::shared_ptr<MemoryBudget> budget, std::atomic<std::size_t>& used)
        : budget_(std::move(budget)), used_(used) {}
    Shard(const Shard&) = delete;
    Shard& operator=(const Shard&) = delete;

    std::shared_ptr<const Held> find(std::string_view key, bool counts) {
        const std::lock_guard lock(mutex_);
        const auto found = nodes_.find(key);
        if (found == nodes_.end()) {
            return nullptr;
        }
        auto& node = *found->second;
        if (counts) {
            node.value->add_uses(1);
        }
        return node.value;
    }

    void insert(std::string_view key, std::uint64_t hash, std::shared_ptr<const Held> value, std::size_t budget) {
        const auto bookkeeping = 2 * key.size() + node_overhead;
        const auto weight = value->weight + bookkeeping;
        // What leaves the shard is destroyed after the lock is let go: freeing a large block takes its time.
        std::list<Node> gone;
        const std::lock_guard lock(mutex_);
        remove(key, gone);
        if (weight > budget) {
            return;
        }
        const bool known = forget_ghost(hash);
        auto& queue = known ? main_ : small_;
        queue.nodes.push_front(
            Node{std::string(key), hash, std::move(value), weight, MemoryCharge(budget_, bookkeeping), known});
        queue.nodes.front().value->uses.store(0, std::memory_order_relaxed);
        queue.nodes.front().value->is_cached.store(true, std::memory_order_relaxed);
        queue.weight += weight;
        used_.fetch_add(weight, std::memory_order_relaxed);
        nodes_.emplace(queue.nodes.front().key, queue.nodes.begin());
        shrink(budget, gone);
    }

    void erase(std::string_view key) {
        std::list<Node> gone;
        const std::lock_guard lock(mutex_);
        remove(key, gone);
    }

    void erase_if(const std::function<bool(std::string_view)>& matches) {
        std::list<Node> gone;
        const std::lock_guard lock(mutex_);
        for (auto* queue : {&small_, &main_}) {
            for (auto node = queue->nodes.begin(); node != queue->nodes.end();) {
                const auto next = std::next(node);
                if (matches(node->key)) {
                    remove(node->key, gone);
                }
                node = next;
            }
        }
    }

    void trim(std::size_t budget) {
        std::list<Node> gone;
        const std::lock_guard lock(mutex_);
        shrink(budget, gone);
    }

 private:
    struct Node {
        std::string key;
        std::uint64_t hash;
        std::shared_ptr<const Held> value;
        std::size_t weight;
        MemoryCharge bookkeeping;  ///< the value is charged by itself
        bool in_main;
    };

    struct Queue {
        std::list<Node> nodes;  ///< the newest first
        std::size_t weight = 0;
    };

    static void let_go(Queue& queue, std::list<Node>::iterator node, std::list<Node>& gone) {
        node->value->is_cached.store(false, std::memory_order_relaxed);
        gone.splice(gone.begin(), queue.nodes, node);
    }

    void remove(std::string_view key, std::list<Node>& gone) {
        const auto found = nodes_.find(key);
        if (found == nodes_.end()) {
            return;
        }
        const auto node = found->second;
        auto& queue = node->in_main ? main_ : small_;
        queue.weight -= node->weight;
        used_.fetch_sub(node->weight, std::memory_order_relaxed);
        nodes_.erase(found);
        let_go(queue, node, gone);
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
        if (oldest->value->uses.load(std::memory_order_relaxed) > 1) {
            oldest->value->uses.store(0, std::memory_order_relaxed);
            oldest->in_main = true;
            main_.weight += oldest->weight;
            main_.nodes.splice(main_.nodes.begin(), small_.nodes, oldest);
            return;
        }
        remember_ghost(oldest->hash);
        used_.fetch_sub(oldest->weight, std::memory_order_relaxed);
        nodes_.erase(oldest->key);
        let_go(small_, oldest, gone);
    }

    /// The oldest of the main queue goes round again for each time it was used, else it goes.
    void leave_main(std::list<Node>& gone) {
        const auto oldest = std::prev(main_.nodes.end());
        if (const auto uses = oldest->value->uses.load(std::memory_order_relaxed); uses > 0) {
            oldest->value->uses.store(static_cast<std::uint8_t>(uses - 1), std::memory_order_relaxed);
            main_.nodes.splice(main_.nodes.begin(), main_.nodes, oldest);
            return;
        }
        main_.weight -= oldest->weight;
        used_.fetch_sub(oldest->weight, std::memory_order_relaxed);
        nodes_.erase(oldest->key);
        let_go(main_, oldest, gone);
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

    std::shared_ptr<MemoryBudget> budget_;
    std::atomic<std::size_t>& used_;
    mutable std::mutex mutex_;
    std::unordered_map<std::string_view, std::list<Node>::iterator> nodes_;
    Queue small_;
    Queue main_;
    std::deque<std::uint64_t> ghosts_;
    std::unordered_map<std::uint64_t, unsigned> ghost_counts_;
};

TileCache::TileCache(std::shared_ptr<MemoryBudget> budget) : budget_(std::move(budget)) {
    const auto count = std::clamp<std::size_t>(budget_->limit() / bytes_per_shard, 1, max_shards);
    for (std::size_t i = 0; i < count; ++i) {
        shards_.push_back(std::make_unique<Shard>(budget_, used_));
    }
    budget_->when_over([this] { trim(); });
}

TileCache::~TileCache() {
    budget_->when_over(nullptr);
}

std::shared_ptr<const Held> TileCache::find(std::string_view name) {
    return shard_of(hash_of(name)).find(name, true);
}

std::shared_ptr<const Held> TileCache::peek(std::string_view name) const {
    return shard_of(hash_of(name)).find(name, false);
}

void TileCache::insert(std::string_view name, std::shared_ptr<const Held> value) {
    const auto hash = hash_of(name);
    // It is charged already, and will be the cache's.
    const auto part = part_of_shard(value->charge.size());
    shard_of(hash).insert(name, hash, std::move(value), part);
}

void TileCache::erase(std::string_view name) {
    shard_of(hash_of(name)).erase(name);
}

void TileCache::erase_if(const std::function<bool(std::string_view name)>& matches) {
    for (const auto& shard : shards_) {
        shard->erase_if(matches);
    }
}

void TileCache::trim() {
    for (const auto& shard : shards_) {
        shard->trim(part_of_shard(0));
    }
}

std::size_t TileCache::part_of_shard(std::size_t not_counted) const {
    const auto own = used() + not_counted;
    const auto charged = budget_->used();
    const auto others = charged > own ? charged - own : 0;
    return (budget_->limit() - std::min(others, budget_->limit())) / shards_.size();
}

}  // namespace tapalcatl::source
