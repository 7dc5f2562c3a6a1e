#include "cli/reloader.hpp"

#include <utility>

#include <sys/stat.h>

namespace tapalcatl::cli {
namespace {

constexpr std::chrono::seconds time_between_looks{1};

}  // namespace

std::optional<FileStamp> FileStamp::of(const std::string& path) {
    struct stat status{};
    if (path.empty() || ::stat(path.c_str(), &status) != 0) {
        return std::nullopt;
    }
    const auto& modified = status.st_mtim;
    return FileStamp{status.st_dev, status.st_ino, status.st_size,
                     std::chrono::seconds(modified.tv_sec) + std::chrono::nanoseconds(modified.tv_nsec)};
}

Reloader::Reloader(std::function<void()> reload, std::string watched, std::optional<FileStamp> loaded)
    : reload_(std::move(reload)), watched_(std::move(watched)), loaded_(loaded), thread_([this] { run(); }) {}

Reloader::~Reloader() {
    {
        const std::scoped_lock lock(mutex_);
        ends_ = true;
    }
    wakes_.notify_all();
    thread_.join();
}

void Reloader::request() {
    {
        const std::scoped_lock lock(mutex_);
        is_requested_ = true;
    }
    wakes_.notify_all();
}

void Reloader::run() {
    auto last_look = loaded_;
    std::unique_lock lock(mutex_);
    while (!ends_) {
        const auto has_to_act = [this] { return ends_ || is_requested_; };
        if (watched_.empty()) {
            wakes_.wait(lock, has_to_act);
        } else {
            wakes_.wait_for(lock, time_between_looks, has_to_act);
        }
        if (ends_) {
            return;
        }
        const auto look = FileStamp::of(watched_);
        const bool has_changed = look && look != loaded_ && look == last_look;
        last_look = look;
        if (std::exchange(is_requested_, false) || has_changed) {
            loaded_ = look;
            lock.unlock();
            reload_();
            lock.lock();
        }
    }
}

}  // namespace tapalcatl::cli
