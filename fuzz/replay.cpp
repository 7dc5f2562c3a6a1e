// Runs a fuzz target over files and folders of files, where the compiler has no libFuzzer.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <system_error>
#include <vector>

// NOLINTNEXTLINE(readability-identifier-naming): the name is libFuzzer's
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace {

namespace fs = std::filesystem;

std::vector<fs::path> files_of(const fs::path& path) {
    std::vector<fs::path> files;
    if (!fs::is_directory(path)) {
        files.push_back(path);
        return files;
    }
    for (const auto& file : fs::recursive_directory_iterator(path)) {
        if (file.is_regular_file()) {
            files.push_back(file.path());
        }
    }
    std::sort(files.begin(), files.end());
    return files;
}

}  // namespace

int main(int argc, char** argv) {
    std::size_t runs = 0;
    for (int i = 1; i < argc; ++i) {
        const std::string argument(argv[i]);
        if (argument.starts_with('-')) {
            continue;  // libFuzzer's options
        }
        std::error_code error;
        if (!fs::exists(argument, error)) {
            std::fprintf(stderr, "%s: no such file or folder\n", argument.c_str());
            return 1;
        }
        for (const auto& path : files_of(argument)) {
            std::ifstream file(path, std::ios::binary);
            const std::string input{std::istreambuf_iterator<char>(file), {}};
            if (!file) {
                std::fprintf(stderr, "%s: cannot be read\n", path.c_str());
                return 1;
            }
            // A copy of the exact size, so that a sanitizer sees a read beyond it.
            const std::vector<std::uint8_t> bytes(input.begin(), input.end());
            LLVMFuzzerTestOneInput(bytes.data(), bytes.size());
            ++runs;
        }
    }
    std::printf("%zu inputs\n", runs);
    return runs == 0 ? 1 : 0;
}
