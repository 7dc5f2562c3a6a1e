#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include <sys/types.h>

namespace tapalcatl::cli {

/// What changes with the content of a file, and when another file takes its place. Symbolic links are followed:
/// Kubernetes and deployment tools replace a link.
struct FileStamp {
    dev_t device = 0;
    ino_t inode = 0;
    off_t size = 0;
    std::chrono::nanoseconds modified{0};

    /// nullopt: there is no such file, or it cannot be reached.
    static std::optional<FileStamp> of(const std::string& path);

    bool operator==(const FileStamp&) const = default;
};

/// Reads a configuration anew on a thread of its own: when it is asked to, and when a file has changed.
class Reloader {
 public:
    /// Calls `reload` once for each request(), or once for several of them if they come while it runs.
    ///
    /// `watched`: the path of a file that is looked at each second; empty: none. `loaded`: its stamp before it was read
    /// last. A change counts when the file is the same at two looks, so that a file that is being written is not read.
    /// A file that is missing is no change.
    Reloader(std::function<void()> reload, std::string watched, std::optional<FileStamp> loaded);
    Reloader(const Reloader&) = delete;
    Reloader& operator=(const Reloader&) = delete;
    /// Waits for a reload that runs.
    ~Reloader();

    /// Safe from any thread, and returns at once.
    void request();

 private:
    void run();

    std::function<void()> reload_;
    std::string watched_;
    std::optional<FileStamp> loaded_;
    std::mutex mutex_;
    std::condition_variable wakes_;
    bool is_requested_ = false;
    bool ends_ = false;
    std::thread thread_;  ///< last: it uses all of the above
};

}  // namespace tapalcatl::cli
