#include "storage/file.hpp"

#include "base/descriptor.hpp"
#include "base/handoff.hpp"
#include "storage/storage.hpp"
#include "web/date.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/thread_pool.hpp>

#include <cerrno>
#include <cstring>
#include <system_error>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

namespace tapalcatl::storage {
namespace {

namespace asio = boost::asio;

/// Whether a system call may wait for the disk.
enum class Wait { no, yes };

/// The result of an attempt that would have had to wait for the disk.
struct WouldWait {};

template <class T>
using Attempt = std::variant<WouldWait, Result<T>>;

Error failure(int error, std::string_view doing) {
    const auto why = std::system_category().message(error);
    switch (error) {
        case ENOENT:
        case ENOTDIR:
        case ENAMETOOLONG:
            return fail(Errc::not_found, "no such file");
        case EACCES:
        case EPERM:
            return fail(Errc::denied, "{}: {}: the server's user needs read permission", doing, why);
        case EMFILE:
        case ENFILE:
        case ENOMEM:
            return fail(Errc::unavailable, "{}: {}", doing, why);
        default:
            return fail(Errc::io, "{}: {}", doing, why);
    }
}

/// Whether the key stays inside the folder: not absolute and without "..".
bool stays_inside(std::string_view key) {
    std::string_view rest = key;
    if (rest.empty() || rest.front() == '/' || rest.find('\0') != std::string_view::npos) {
        return false;
    }
    while (!rest.empty()) {
        const auto end = rest.find('/');
        if (rest.substr(0, end) == "..") {
            return false;
        }
        rest = end == std::string_view::npos ? std::string_view{} : rest.substr(end + 1);
    }
    return true;
}

Attempt<Descriptor> open_file(const std::string& path, Wait wait) {
    // O_NONBLOCK: opening a named pipe in the folder must not wait for its writer.
    open_how how{};
    how.flags = O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK;
    how.resolve = wait == Wait::no ? RESOLVE_CACHED : 0;
    long fd = ::syscall(SYS_openat2, AT_FDCWD, path.c_str(), &how, sizeof how);
    if (fd < 0 && wait == Wait::no && (errno == EAGAIN || errno == ENOSYS || errno == EINVAL || errno == EPERM)) {
        return WouldWait{};
    }
    if (fd < 0 && wait == Wait::yes && (errno == ENOSYS || errno == EPERM)) {
        fd = ::open(path.c_str(), static_cast<int>(how.flags));
    }
    if (fd < 0) {
        return Result<Descriptor>(failure(errno, "open"));
    }
    return Result<Descriptor>(Descriptor(static_cast<int>(fd)));
}

Result<Version> version_of(int fd) {
    struct stat status{};
    if (::fstat(fd, &status) != 0) {
        return failure(errno, "stat");
    }
    if (!S_ISREG(status.st_mode)) {
        return fail(Errc::io, "not a regular file");
    }
    const auto nanoseconds = status.st_mtim.tv_sec * 1'000'000'000 + status.st_mtim.tv_nsec;
    const std::chrono::sys_seconds modified{std::chrono::seconds(status.st_mtim.tv_sec)};
    return Version{fmt::format("\"{:x}-{:x}-{:x}\"", nanoseconds, status.st_size, status.st_ino),
                   web::format_date(modified), static_cast<std::uint64_t>(status.st_size)};
}

Attempt<std::vector<std::byte>> read_span(int fd, Span span, Wait wait) {
    std::vector<std::byte> bytes(static_cast<std::size_t>(span.size));
    std::size_t done = 0;
    while (done < bytes.size()) {
        const iovec piece{bytes.data() + done, bytes.size() - done};
        const auto at = static_cast<off_t>(span.offset + done);
        const auto got = wait == Wait::no ? ::preadv2(fd, &piece, 1, at, RWF_NOWAIT)
                                          : ::pread(fd, piece.iov_base, piece.iov_len, at);
        if (got < 0 && errno == EINTR) {
            continue;
        }
        // EPERM, ENOSYS: a sandbox does not let preadv2() through (seccomp).
        if (got < 0 && wait == Wait::no &&
            (errno == EAGAIN || errno == EOPNOTSUPP || errno == EPERM || errno == ENOSYS)) {
            return WouldWait{};
        }
        if (got < 0) {
            return Result<std::vector<std::byte>>(failure(errno, "read"));
        }
        if (got == 0) {
            return Result<std::vector<std::byte>>(fail(Errc::replaced, "the file became shorter while it was read"));
        }
        done += static_cast<std::size_t>(got);
    }
    return Result<std::vector<std::byte>>(std::move(bytes));
}

Attempt<Content> read_file(const std::string& path, Range range, const Condition& condition, Wait wait) {
    using Answer = Result<Content>;
    auto opened = open_file(path, wait);
    if (std::holds_alternative<WouldWait>(opened)) {
        return WouldWait{};
    }
    const auto& file = std::get<1>(opened);
    if (!file) {
        return Answer(file.error());
    }
    const auto fd = file->get();
    const auto version = version_of(fd);
    if (!version) {
        return Answer(version.error());
    }
    if (const auto* match = std::get_if<IfMatch>(&condition); match != nullptr && match->version != *version) {
        return Answer(fail(Errc::replaced, "the file changed since it was first read"));
    }
    if (const auto* held = std::get_if<IfNoneMatch>(&condition); held != nullptr && held->version == *version) {
        return Answer(Content{true, {}, 0, *version});
    }
    const auto span = resolve(range, version->size);
    if (!span) {
        return Answer(span.error());
    }
    auto read = read_span(fd, *span, wait);
    if (std::holds_alternative<WouldWait>(read)) {
        return WouldWait{};
    }
    auto& bytes = std::get<1>(read);
    if (!bytes) {
        return Answer(bytes.error());
    }
    const auto version_after = version_of(fd);
    bool is_unchanged = version_after && *version_after == *version;
    if (!is_unchanged && version_after && version_after->size == version->size) {
        // Some file systems in user space tell "now" as the modification time. The same bytes twice are no accident.
        auto second = read_span(fd, *span, wait);
        if (std::holds_alternative<WouldWait>(second)) {
            return WouldWait{};
        }
        const auto& same = std::get<1>(second);
        is_unchanged = same && *same == *bytes;
    }
    if (!is_unchanged) {
        return Answer(fail(Errc::replaced, "the file changed while it was read"));
    }
    return Answer(Content{false, SharedBytes(std::move(*bytes)), span->offset, *version});
}

}  // namespace

class DiskThreads {
 public:
    explicit DiskThreads(unsigned threads) : pool_(threads) {}
    DiskThreads(const DiskThreads&) = delete;
    DiskThreads& operator=(const DiskThreads&) = delete;
    ~DiskThreads() {
        pool_.stop();
        pool_.join();
    }

    asio::thread_pool& pool() { return pool_; }

 private:
    asio::thread_pool pool_;
};

std::shared_ptr<DiskThreads> make_disk_threads(unsigned threads) {
    return std::make_shared<DiskThreads>(threads);
}

namespace {

class FileStorage final : public Storage {
 public:
    FileStorage(std::string root, asio::any_io_executor executor, std::shared_ptr<DiskThreads> threads)
        : root_(std::move(root)), executor_(std::move(executor)), threads_(std::move(threads)) {
        if (root_.empty() || root_.back() != '/') {
            root_ += '/';
        }
    }

    Awaitable<Result<Content>> read(std::string key, Range range, Condition condition, SteadyTime deadline) override {
        if (!stays_inside(key)) {
            co_return fail(Errc::not_found, "no such file");
        }
        const auto path = root_ + key;
        auto cached = read_file(path, range, condition, Wait::no);
        if (std::holds_alternative<Result<Content>>(cached)) {
            co_return present(std::move(std::get<Result<Content>>(cached)));
        }
        Handoff<Result<Content>> handoff(executor_);
        asio::post(threads_->pool(), [handoff, path, range, condition] {
            handoff.put(std::get<Result<Content>>(read_file(path, range, condition, Wait::yes)));
        });
        auto read = co_await handoff.wait(deadline);
        if (!read) {
            co_return fail(Errc::timeout, "the disk did not answer in time");
        }
        co_return present(std::move(*read));
    }

    std::string name() const override { return "file://" + root_; }

 private:
    /// If the whole folder is missing (a volume that is not mounted), that is an outage and not a missing archive.
    Result<Content> present(Result<Content> read) const {
        struct stat status{};
        if (!read && read.error().code == Errc::not_found && ::stat(root_.c_str(), &status) != 0) {
            return fail(Errc::unavailable, "the folder {} cannot be read: {}", root_,
                        std::system_category().message(errno));
        }
        return read;
    }

    std::string root_;
    asio::any_io_executor executor_;
    std::shared_ptr<DiskThreads> threads_;
};

}  // namespace

std::unique_ptr<Storage> make_file_storage(std::string root, asio::any_io_executor executor,
                                           std::shared_ptr<DiskThreads> threads) {
    return std::make_unique<FileStorage>(std::move(root), std::move(executor), std::move(threads));
}

}  // namespace tapalcatl::storage
