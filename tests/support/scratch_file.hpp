#pragma once

#include <cstdio>
#include <cstdlib>
#include <stdexcept>
#include <string>

#include <unistd.h>

namespace tapalcatl::tests {

/// A file without a name, to write to and read back.
class ScratchFile {
 public:
    ScratchFile() : file_(std::tmpfile()) {
        if (file_ == nullptr) {
            throw std::runtime_error("no temporary file");
        }
    }
    ScratchFile(const ScratchFile&) = delete;
    ScratchFile& operator=(const ScratchFile&) = delete;
    ~ScratchFile() { std::fclose(file_); }

    int fd() const { return ::fileno(file_); }

    std::string content() const {
        std::string text(static_cast<std::size_t>(::lseek(fd(), 0, SEEK_END)), '\0');
        const auto got = ::pread(fd(), text.data(), text.size(), 0);
        text.resize(got < 0 ? 0 : static_cast<std::size_t>(got));
        return text;
    }

 private:
    std::FILE* file_;
};

}  // namespace tapalcatl::tests
