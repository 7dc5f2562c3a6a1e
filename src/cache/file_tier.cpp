#include "cache/file_tier.hpp"

#include "base/bytes.hpp"
#include "base/error.hpp"
#include "base/handoff.hpp"
#include "base/hash.hpp"
#include "cache/value_files.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/thread_pool.hpp>

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <filesystem>
#include <mutex>
#include <optional>
#include <string>
#include <utility>

namespace tapalcatl::cache {
namespace {

/// The usual block size of file systems. Counting whole blocks also bounds the memory of the index.
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

namespace {

namespace asio = boost::asio;

/// The part of CACHE_DIR that belongs to the tier: other programs may keep their caches there, too.
constexpr const char* subfolder = "tapalcatl-t1";

class FileTier final : public Tier {
 public:
    FileTier(FileTierOptions options, asio::any_io_executor executor)
        : options_(std::move(options)),
          executor_(std::move(executor)),
          files_(std::filesystem::absolute(options_.folder) / subfolder),
          index_(options_.max_bytes, options_.max_items),
          readers_(options_.threads),
          writer_(1) {
        asio::post(writer_, [this] { count_what_is_there(); });
    }

    ~FileTier() override {
        stopping_ = true;
        readers_.stop();
        writer_.stop();
        readers_.join();
        writer_.join();
    }

    Awaitable<Result<std::optional<SharedBytes>>> get(std::string name, SteadyTime deadline) override {
        using Answer = Result<std::optional<SharedBytes>>;
        if (gets_waiting_ >= options_.gets_limit) {
            co_return fail(Errc::overloaded, "the disk has not answered {} reads yet", options_.gets_limit);
        }
        ++gets_waiting_;
        const auto id = sha256(as_bytes(name));
        Handoff<Answer> handoff(executor_);
        asio::post(readers_, [this, handoff, id, deadline] {
            --gets_waiting_;
            if (std::chrono::steady_clock::now() < deadline) {
                handoff.put(read(id));
            }
        });
        auto answer = co_await handoff.wait(deadline);
        if (!answer) {
            co_return fail(Errc::timeout, "the disk did not answer in time");
        }
        co_return std::move(*answer);
    }

    Awaitable<Result<void>> put(std::string name, SharedBytes value, std::chrono::seconds /*keep_for*/,
                                SteadyTime deadline) override {
        if (LruIndex::weight_of(value.size()) > options_.max_bytes || value.size() > options_.value_limit) {
            co_return fail(Errc::too_large, "a value of {} bytes does not fit", value.size());
        }
        const auto id = sha256(as_bytes(name));
        Handoff<Result<void>> handoff(executor_);
        asio::post(writer_, [this, handoff, id, value, deadline] {
            if (std::chrono::steady_clock::now() < deadline) {
                handoff.put(write(id, value.view()));
            }
        });
        auto answer = co_await handoff.wait(deadline);
        if (!answer) {
            co_return fail(Errc::timeout, "the disk did not answer in time");
        }
        co_return std::move(*answer);
    }

    std::string name() const override { return "file://" + files_.folder().string(); }

 private:
    Result<std::optional<SharedBytes>> read(const LruIndex::Id& id) {
        auto value = files_.read(id, options_.value_limit);
        if (value) {
            const std::lock_guard lock(mutex_);
            if (*value) {
                index_.use(id, (*value)->size());  // also where another server wrote it
            } else {
                index_.erase(id);
            }
        }
        return value;
    }

    Result<void> write(const LruIndex::Id& id, Bytes value) {
        // Evict before the write, so that the disk never holds more than the budget.
        evict([&] { return index_.to_evict_for(value.size()); });
        auto written = files_.write(id, value);
        if (written) {
            const std::lock_guard lock(mutex_);
            index_.use(id, value.size());
        }
        return written;
    }

    void count_what_is_there() {
        auto found = files_.scan(stopping_);
        std::sort(found.begin(), found.end(), [](const auto& a, const auto& b) { return a.written_at > b.written_at; });
        for (const auto& file : found) {
            const std::lock_guard lock(mutex_);  // locked for each file anew, because readers wait for the lock
            index_.append(file.id, file.size);
        }
        evict([&] { return index_.to_evict(); });
    }

    /// Removes the files that `next` names until it names none.
    template <class Next>
    void evict(Next next) {
        while (!stopping_) {
            std::optional<LruIndex::Id> id;
            {
                const std::lock_guard lock(mutex_);
                id = next();
                if (id) {
                    index_.erase(*id);
                }
            }
            if (!id) {
                return;
            }
            files_.remove(*id);
        }
    }

    FileTierOptions options_;
    asio::any_io_executor executor_;
    ValueFiles files_;
    std::mutex mutex_;  ///< for the index only, held on the tier's own threads
    LruIndex index_;
    std::atomic<std::uint64_t> gets_waiting_{0};
    std::atomic<bool> stopping_{false};
    asio::thread_pool readers_;
    asio::thread_pool writer_;  ///< one thread, so that evictions do not overlap
};

}  // namespace

std::unique_ptr<Tier> make_file_tier(FileTierOptions options, asio::any_io_executor executor) {
    return std::make_unique<FileTier>(std::move(options), std::move(executor));
}

}  // namespace tapalcatl::cache
