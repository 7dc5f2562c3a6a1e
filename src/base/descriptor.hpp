#pragma once

#include <utility>

#include <unistd.h>

namespace tapalcatl {

/// Owns a file descriptor and closes it when it is destroyed. Below 0: none.
class Descriptor {
 public:
    explicit Descriptor(int fd = -1) : fd_(fd) {}
    Descriptor(Descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
    Descriptor& operator=(Descriptor&& other) noexcept {
        if (this != &other) {
            close();
            fd_ = std::exchange(other.fd_, -1);
        }
        return *this;
    }
    ~Descriptor() { close(); }

    int get() const { return fd_; }
    bool is_open() const { return fd_ >= 0; }

    /// Gives the descriptor away: it is not closed any more.
    int release() { return std::exchange(fd_, -1); }

    /// Closes it now. Returns the result of close(2), or 0 if there is no descriptor.
    int close() { return is_open() ? ::close(std::exchange(fd_, -1)) : 0; }

 private:
    int fd_;
};

}  // namespace tapalcatl
