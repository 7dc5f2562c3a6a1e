#include "base/environment.hpp"

#include "base/descriptor.hpp"

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstdlib>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace tapalcatl {
namespace {

constexpr std::size_t max_bytes = 1024 * 1024;

Error failure(int error, std::string_view doing) {
    return fail(Errc::io, "{}: {}", doing, std::system_category().message(error));
}

/// Whether the path leads through a folder that may not be entered. A file without the right to read can still be
/// examined with stat().
bool is_hidden(const std::string& path) {
    struct stat status{};
    return ::stat(path.c_str(), &status) != 0 && errno == EACCES;
}

Result<std::string> read_file(const std::string& path) {
    const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK));
    if (!file.is_open()) {
        const int error = errno;
        if (error == ENOENT || error == ENOTDIR || (error == EACCES && is_hidden(path))) {
            return fail(Errc::not_found, "no such file");
        }
        return failure(error, "open");
    }
    struct stat status{};
    if (::fstat(file.get(), &status) != 0) {
        return failure(errno, "stat");
    }
    if (!S_ISREG(status.st_mode)) {
        return fail(Errc::io, "not a regular file");
    }
    // The file is read up to its end, whatever size fstat() reports: it may be written to at this moment.
    std::string text(max_bytes + 1, '\0');
    std::size_t size = 0;
    while (size < text.size()) {
        const auto got = ::read(file.get(), text.data() + size, text.size() - size);
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got < 0) {
            return failure(errno, "read");
        }
        if (got == 0) {
            text.resize(size);
            text.shrink_to_fit();
            return text;
        }
        size += static_cast<std::size_t>(got);
    }
    return fail(Errc::too_large, "more than {} bytes", max_bytes);
}

Result<void> write_all(int file, std::string_view text) {
    while (!text.empty()) {
        const auto written = ::write(file, text.data(), text.size());
        if (written < 0 && errno != EINTR) {
            return failure(errno, "write");
        }
        text.remove_prefix(static_cast<std::size_t>(std::max<ssize_t>(written, 0)));
    }
    return ::fsync(file) == 0 ? Result<void>() : failure(errno, "fsync");
}

Result<void> replace_file(const std::string& path, const std::string& text) {
    auto temporary = path + ".XXXXXX";
    const Descriptor file(::mkostemp(temporary.data(), O_CLOEXEC));  // with mode 0600
    if (!file.is_open()) {
        return failure(errno, "create");
    }
    auto done = write_all(file.get(), text);
    if (done && ::rename(temporary.c_str(), path.c_str()) != 0) {
        done = failure(errno, "rename");
    }
    if (!done) {
        ::unlink(temporary.c_str());
    }
    return done;
}

}  // namespace

Environment system_environment(EnvironmentVariables variables) {
    return {
        [variables = std::move(variables)](const std::string& name) -> std::optional<std::string> {
            const auto found = variables.find(name);
            return found == variables.end() ? std::nullopt : std::optional(found->second);
        },
        read_file,
        replace_file,
    };
}

}  // namespace tapalcatl
