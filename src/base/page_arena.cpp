#include "base/page_arena.hpp"

#include <array>
#include <cerrno>
#include <functional>
#include <iterator>

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <unistd.h>

namespace tapalcatl {
namespace {

bool punch(int file, std::size_t offset, std::size_t size) {
    int result = 0;
    do {
        result = ::fallocate(file, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, static_cast<off_t>(offset),
                             static_cast<off_t>(size));
    } while (result != 0 && errno == EINTR);
    return result == 0;
}

bool write_at(int file, Bytes bytes, std::size_t offset) {
    while (!bytes.empty()) {
        const auto written = ::pwrite(file, bytes.data(), bytes.size(), static_cast<off_t>(offset));
        if (written < 0 && errno == EINTR) {
            continue;
        }
        if (written <= 0) {
            return false;
        }
        bytes = bytes.subspan(static_cast<std::size_t>(written));
        offset += static_cast<std::size_t>(written);
    }
    return true;
}

/// A file over this limit is answered with a signal.
bool may_have_file_of(std::size_t size) {
    rlimit limit{};
    return ::getrlimit(RLIMIT_FSIZE, &limit) == 0 && (limit.rlim_cur == RLIM_INFINITY || size <= limit.rlim_cur);
}

/// Whether a socket keeps a page that was sent from the file and then punched out of it. The kernel does not promise
/// that: in a huge page (shmem_enabled "always") it would clear the bytes in place.
bool sockets_keep_punched_pages(int file) {
    std::array<int, 2> ends{};
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) != 0) {
        return false;
    }
    const Descriptor from(ends[0]);
    const Descriptor to(ends[1]);
    std::array<std::byte, PageArena::page_size> sent{};
    sent.fill(std::byte{7});
    auto received = sent;
    received.fill(std::byte{0});
    off_t offset = 0;
    return write_at(file, sent, 0) && ::sendfile(from.get(), file, &offset, sent.size()) == std::ssize(sent) &&
           punch(file, 0, sent.size()) &&
           ::recv(to.get(), received.data(), received.size(), MSG_WAITALL | MSG_DONTWAIT) == std::ssize(received) &&
           received == sent;
}

}  // namespace

PageArena::Extent::~Extent() {
    if (arena_ != nullptr) {
        arena_->release(bytes_);
    }
}

std::shared_ptr<PageArena> PageArena::open(std::size_t capacity) {
    const auto size = in_pages(capacity);
    if (!may_have_file_of(size) || ::sysconf(_SC_PAGESIZE) != static_cast<long>(page_size)) {
        return nullptr;
    }
    Descriptor file(::memfd_create("tapalcatl", MFD_CLOEXEC));
    if (!file.is_open() || ::ftruncate(file.get(), static_cast<off_t>(size)) != 0 ||
        !sockets_keep_punched_pages(file.get())) {
        return nullptr;
    }
    // The process itself cannot change what a socket may still send.
    const auto* const start = ::mmap(nullptr, size, PROT_READ, MAP_SHARED, file.get(), 0);
    if (start == MAP_FAILED) {
        return nullptr;
    }
    return std::make_shared<PageArena>(Secret(), std::move(file), static_cast<const std::byte*>(start), size);
}

PageArena::PageArena(Secret /*secret*/, Descriptor file, const std::byte* start, std::size_t capacity)
    : file_(std::move(file)), start_(start), capacity_(capacity) {
    give_back(0, capacity);
}

PageArena::~PageArena() {
    ::munmap(const_cast<std::byte*>(start_), capacity_);
}

std::optional<PageArena::Extent> PageArena::store(Bytes bytes) {
    const auto offset = take(in_pages(bytes.size()));
    if (!offset) {
        return std::nullopt;
    }
    Extent extent(shared_from_this(), Bytes(start_ + *offset, bytes.size()));
    if (!write_at(file_.get(), bytes, *offset)) {
        return std::nullopt;
    }
    return extent;
}

std::optional<PageArena::Place> PageArena::place_of(Bytes bytes) const {
    const std::less<const std::byte*> is_before;
    const auto* const end = start_ + capacity_;
    if (bytes.empty() || is_before(bytes.data(), start_) || !is_before(bytes.data(), end)) {
        return std::nullopt;
    }
    return Place{file_.get(), bytes.data() - start_};
}

std::optional<std::size_t> PageArena::take(std::size_t size) {
    const std::lock_guard lock(mutex_);
    const auto best = free_by_size_.lower_bound({size, 0});
    if (best == free_by_size_.end()) {
        return std::nullopt;
    }
    const auto [free_size, offset] = *best;
    free_by_size_.erase(best);
    free_.erase(offset);
    if (free_size > size) {
        free_.emplace(offset + size, free_size - size);
        free_by_size_.emplace(free_size - size, offset + size);
    }
    return offset;
}

void PageArena::release(Bytes bytes) {
    const auto offset = static_cast<std::size_t>(bytes.data() - start_);
    const auto size = in_pages(bytes.size());
    // Where the pages could not be let go, nobody may write into them: the place is lost.
    if (punch(file_.get(), offset, size)) {
        const std::lock_guard lock(mutex_);
        give_back(offset, size);
    }
}

void PageArena::give_back(std::size_t offset, std::size_t size) {
    auto next = free_.lower_bound(offset);
    if (next != free_.end() && next->first == offset + size) {
        size += next->second;
        free_by_size_.erase({next->second, next->first});
        next = free_.erase(next);
    }
    if (next != free_.begin()) {
        const auto before = std::prev(next);
        if (before->first + before->second == offset) {
            offset = before->first;
            size += before->second;
            free_by_size_.erase({before->second, before->first});
            free_.erase(before);
        }
    }
    free_.emplace(offset, size);
    free_by_size_.emplace(size, offset);
}

}  // namespace tapalcatl
