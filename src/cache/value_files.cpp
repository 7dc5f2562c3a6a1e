#include "cache/value_files.hpp"

#include "base/descriptor.hpp"
#include "base/text.hpp"

#include <cerrno>
#include <random>
#include <string_view>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace tapalcatl::cache {
namespace {

namespace fs = std::filesystem;

Error file_failure(int error, std::string_view doing) {
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
            return file_failure(errno, "write");
        }
        value = value.subspan(static_cast<std::size_t>(wrote));
    }
    return {};
}

}  // namespace

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
        return file_failure(errno, "open");
    }
    struct stat status{};
    if (::fstat(file.get(), &status) != 0) {
        return file_failure(errno, "stat");
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
            return file_failure(errno, "read");
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
            return file_failure(error.value(), "make a folder");
        }
        written = write_and_rename(temporary, place, value);
    }
    if (!written && written.error().code == Errc::not_found) {
        return fail(Errc::io, "{}", written.error().message);
    }
    return written;
}

Result<void> ValueFiles::write_and_rename(const fs::path& temporary, const fs::path& place, Bytes value) const {
    Descriptor file(::open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600));
    if (!file.is_open()) {
        return errno == ENOENT ? fail(Errc::not_found, "no folder to write in") : file_failure(errno, "create a file");
    }
    auto written = write_all(file.get(), value);
    // Some file systems report a full disk or quota at close().
    if (file.close() != 0 && written) {
        written = file_failure(errno, "close");
    }
    if (written && ::rename(temporary.c_str(), place.c_str()) != 0) {
        written = errno == ENOENT ? fail(Errc::not_found, "no folder to rename into") : file_failure(errno, "rename");
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

}  // namespace tapalcatl::cache
