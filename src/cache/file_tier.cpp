#include "cache/file_tier.hpp"

#include "base/bytes.hpp"
#include "base/descriptor.hpp"
#include "base/error.hpp"
#include "base/handoff.hpp"
#include "base/hash.hpp"
#include "base/text.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/thread_pool.hpp>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstdint>
#include <filesystem>
#include <mutex>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

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
namespace fs = std::filesystem;

/// The files of a tier: a folder with 256 subfolders of values, and one in which values are written before they are
/// renamed. All functions block. Safe for concurrent use by several threads and processes.
class ValueFiles {
 public:
    using Id = Digest;

    struct Found {
        Id id;
        std::uint64_t size;
        std::int64_t written_at;  ///< nanoseconds; only the order counts
    };

    /// `folder` need not exist.
    explicit ValueFiles(std::filesystem::path folder);

    /// All values, in no order. Removes temporary files of writers that were killed. Files that are not of this tier,
    /// or cannot be read, are left alone. Ends early, with a part of the values, once `stop` is set.
    std::vector<Found> scan(const std::atomic<bool>& stop);

    /// The value `id`; nullopt if there is none. Fails: too_large (over `limit` bytes), denied, io.
    Result<std::optional<SharedBytes>> read(const Id& id, std::uint64_t limit) const;

    /// Stores a value, replaces an earlier one, and creates folders as needed. Fails: denied, io; an earlier value is
    /// then kept.
    Result<void> write(const Id& id, Bytes value);

    /// Removes a value, if it exists.
    void remove(const Id& id) const;

    const std::filesystem::path& folder() const { return folder_; }

 private:
    std::filesystem::path path_of(const Id& id) const;
    Result<void> write_and_rename(const std::filesystem::path& temporary, const std::filesystem::path& place,
                                  Bytes value) const;

    std::filesystem::path folder_;
    std::filesystem::path temporaries_;
    std::string process_;  ///< distinguishes the temporary files of this process
    std::atomic<std::uint64_t> writes_{0};
};

Error failure(int error, std::string_view doing) {
    const auto why = std::system_category().message(error);
    const bool is_forbidden = error == EACCES || error == EPERM || error == EROFS;
    return fail(is_forbidden ? Errc::denied : Errc::io, "{}: {}", doing, why);
}

/// Parses an id from the name of a subfolder and of a file in it.
std::optional<ValueFiles::Id> id_of(std::string_view name) {
    ValueFiles::Id id{};
    if (name.size() != 2 * id.size()) {
        return std::nullopt;
    }
    for (std::size_t i = 0; i < id.size(); ++i) {
        const auto high = hex_digit(name[2 * i]);
        const auto low = hex_digit(name[2 * i + 1]);
        if (!high || !low) {
            return std::nullopt;
        }
        id[i] = static_cast<std::byte>(*high << 4U | *low);
    }
    return id;
}

/// Calls `with(path, name)` for all that is in `folder`, as far as it can be read.
template <class With>
void for_each_in(const fs::path& folder, const std::atomic<bool>& stop, With with) {
    std::error_code error;
    for (fs::directory_iterator next(folder, error); !error && next != fs::directory_iterator();
         next.increment(error)) {
        if (stop) {
            return;
        }
        with(next->path(), next->path().filename().string());
    }
}

/// Writes all of `value` into the open file.
Result<void> write_all(int fd, Bytes value) {
    while (!value.empty()) {
        const auto wrote = ::write(fd, value.data(), value.size());
        if (wrote < 0 && errno == EINTR) {
            continue;
        }
        if (wrote < 0) {
            return failure(errno, "write");
        }
        value = value.subspan(static_cast<std::size_t>(wrote));
    }
    return {};
}

ValueFiles::ValueFiles(fs::path folder)
    : folder_(std::move(folder)),
      temporaries_(folder_ / "new"),
      process_(fmt::format("{:08x}", std::random_device()())) {}

std::vector<ValueFiles::Found> ValueFiles::scan(const std::atomic<bool>& stop) {
    for_each_in(temporaries_, stop, [](const fs::path& path, const std::string& name) {
        if (name.ends_with(".tmp")) {
            // Another server may be about to rename it. It then loses this one value.
            ::unlink(path.c_str());
        }
    });
    std::vector<Found> found;
    for_each_in(folder_, stop, [&](const fs::path& folder, const std::string& first) {
        if (first.size() != 2) {
            return;
        }
        for_each_in(folder, stop, [&](const fs::path& path, const std::string& rest) {
            const auto id = id_of(first + rest);
            struct stat status{};
            if (id && ::lstat(path.c_str(), &status) == 0 && S_ISREG(status.st_mode)) {
                found.push_back({*id, static_cast<std::uint64_t>(status.st_size),
                                 status.st_mtim.tv_sec * 1'000'000'000 + status.st_mtim.tv_nsec});
            }
        });
    });
    return found;
}

Result<std::optional<SharedBytes>> ValueFiles::read(const Id& id, std::uint64_t limit) const {
    const auto path = path_of(id);
    const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK | O_NOFOLLOW));
    if (!file.is_open() && (errno == ENOENT || errno == ENOTDIR)) {
        return std::nullopt;
    }
    if (!file.is_open()) {
        return failure(errno, "open");
    }
    struct stat status{};
    if (::fstat(file.get(), &status) != 0) {
        return failure(errno, "stat");
    }
    if (!S_ISREG(status.st_mode)) {
        return fail(Errc::io, "not a regular file");
    }
    const auto size = static_cast<std::uint64_t>(status.st_size);
    if (size > limit) {
        return fail(Errc::too_large, "a file of {} bytes, over the limit of {}", size, limit);
    }
    std::vector<std::byte> bytes(static_cast<std::size_t>(size));
    std::size_t done = 0;
    while (done < bytes.size()) {
        const auto got = ::read(file.get(), bytes.data() + done, bytes.size() - done);
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got < 0) {
            return failure(errno, "read");
        }
        if (got == 0) {
            return fail(Errc::io, "the file became shorter while it was read");
        }
        done += static_cast<std::size_t>(got);
    }
    return SharedBytes(std::move(bytes));
}

Result<void> ValueFiles::write(const Id& id, Bytes value) {
    const auto place = path_of(id);
    const auto number = writes_.fetch_add(1, std::memory_order_relaxed);
    const auto temporary = temporaries_ / fmt::format("{}-{}.tmp", process_, number);
    auto written = write_and_rename(temporary, place, value);
    if (!written && written.error().code == Errc::not_found) {
        std::error_code error;
        fs::create_directories(temporaries_, error);
        if (!error) {
            fs::create_directories(place.parent_path(), error);
        }
        if (error) {
            return failure(error.value(), "make a folder");
        }
        written = write_and_rename(temporary, place, value);
    }
    if (!written && written.error().code == Errc::not_found) {
        return fail(Errc::io, "{}", written.error().message);
    }
    return written;
}

/// Fails: not_found if a folder is missing.
Result<void> ValueFiles::write_and_rename(const fs::path& temporary, const fs::path& place, Bytes value) const {
    Descriptor file(::open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600));
    if (!file.is_open()) {
        return errno == ENOENT ? fail(Errc::not_found, "no folder to write in") : failure(errno, "create a file");
    }
    auto written = write_all(file.get(), value);
    // Some file systems report a full disk or quota at close().
    if (file.close() != 0 && written) {
        written = failure(errno, "close");
    }
    if (written && ::rename(temporary.c_str(), place.c_str()) != 0) {
        written = errno == ENOENT ? fail(Errc::not_found, "no folder to rename into") : failure(errno, "rename");
    }
    if (!written) {
        ::unlink(temporary.c_str());
    }
    return written;
}

void ValueFiles::remove(const Id& id) const {
    ::unlink(path_of(id).c_str());
}

fs::path ValueFiles::path_of(const Id& id) const {
    const auto name = hex(id);
    return folder_ / name.substr(0, 2) / name.substr(2);
}

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
