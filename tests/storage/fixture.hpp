#pragma once

#include "storage/file.hpp"

#include "tests/support/run.hpp"

#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <string_view>
#include <variant>

namespace tapalcatl::tests {

/// File storage over a folder of its own, which goes away with the case.
class FileStorageTest : public testing::Test {
 protected:
    FileStorageTest() {
        auto name = (std::filesystem::temp_directory_path() / "tapalcatl-storage-XXXXXX").string();
        if (::mkdtemp(name.data()) == nullptr) {
            throw std::runtime_error("no temporary folder");
        }
        folder = name;
        files = storage::make_file_storage(folder.string(), context.get_executor());
    }

    ~FileStorageTest() override {
        std::error_code ignored;
        std::filesystem::remove_all(folder, ignored);
    }

    std::filesystem::path write(const std::string& key, std::string_view content) const {
        const auto path = folder / key;
        std::filesystem::create_directories(path.parent_path());
        std::ofstream(path, std::ios::binary | std::ios::trunc) << content;
        return path;
    }

    Awaitable<Result<storage::Content>> reading(const std::string& key, storage::Range range = storage::Whole{},
                                                storage::Condition condition = {}) {
        return files->read(key, range, std::move(condition), std::chrono::steady_clock::now() + patience);
    }

    Result<storage::Content> read(const std::string& key, storage::Range range = storage::Whole{},
                                  storage::Condition condition = {}) {
        return run(context, reading(key, range, std::move(condition)));
    }

    /// The version of what is there now. Requires: it is there.
    storage::Version version_of(const std::string& key) {
        const auto content = read(key);
        EXPECT_TRUE(content) << content.error();
        return content ? content->version : storage::Version{};
    }

    static constexpr std::chrono::seconds patience{20};

    boost::asio::io_context context;
    std::filesystem::path folder;
    std::unique_ptr<storage::Storage> files;
};

inline std::string text_of(const storage::Content& content) {
    return std::string(as_text(content.bytes.view()));
}

}  // namespace tapalcatl::tests
