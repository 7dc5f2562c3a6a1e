#pragma once

#include "cache/file_tier.hpp"

#include "tests/support/run.hpp"

#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <optional>
#include <sstream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace tapalcatl::tests {

/// A tier of files in a folder of its own, which goes away with the case.
class FileTierTest : public testing::Test {
 protected:
    FileTierTest() {
        auto name = (std::filesystem::temp_directory_path() / "tapalcatl-tier-XXXXXX").string();
        if (::mkdtemp(name.data()) == nullptr) {
            throw std::runtime_error("no temporary folder");
        }
        scratch = name;
        options.folder = scratch / "cache";
    }

    void TearDown() override {
        tier_.reset();
        std::error_code ignored;
        std::filesystem::remove_all(scratch, ignored);
    }

    cache::Tier& tier() {
        if (tier_ == nullptr) {
            tier_ = cache::make_file_tier(options, context.get_executor());
        }
        return *tier_;
    }

    void restart() {
        tier_.reset();
        tier();
    }

    static SteadyTime soon() { return std::chrono::steady_clock::now() + std::chrono::seconds(30); }

    Result<std::optional<SharedBytes>> get(const std::string& name) { return run(context, tier().get(name, soon())); }

    Result<void> put(const std::string& name, std::string_view value) {
        return run(context, tier().put(name, copy_of(as_bytes(value)), std::chrono::hours(1), soon()));
    }

    /// What is there, or in brackets why there is nothing.
    std::string text(const std::string& name) {
        const auto value = get(name);
        if (!value) {
            return "(" + value.error().message + ")";
        }
        return *value ? std::string(as_text((*value)->view())) : "(nothing)";
    }

    std::filesystem::path own() const { return options.folder / "tapalcatl-t1"; }

    /// All files below `folder`.
    static std::vector<std::filesystem::path> files(const std::filesystem::path& folder) {
        std::vector<std::filesystem::path> found;
        std::error_code error;
        for (const auto& one : std::filesystem::recursive_directory_iterator(folder, error)) {
            if (!one.is_directory()) {
                found.push_back(one.path());
            }
        }
        return found;
    }

    static void write(const std::filesystem::path& path, std::string_view content) {
        std::filesystem::create_directories(path.parent_path());
        std::ofstream(path, std::ios::binary | std::ios::trunc) << content;
    }

    static std::string read(const std::filesystem::path& path) {
        std::ostringstream content;
        content << std::ifstream(path, std::ios::binary).rdbuf();
        return content.str();
    }

    boost::asio::io_context context;
    std::filesystem::path scratch;
    cache::FileTierOptions options;

 private:
    std::unique_ptr<cache::Tier> tier_;
};

}  // namespace tapalcatl::tests
