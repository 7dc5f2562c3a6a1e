#include "cli/reloader.hpp"

#include "tests/support/scratch_folder.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <condition_variable>
#include <filesystem>
#include <fstream>
#include <mutex>
#include <string>

namespace tapalcatl::cli {
namespace {

/// Counts reloads, and holds each until it may go on.
class Reloads {
 public:
    void operator()() {
        std::unique_lock lock(mutex_);
        ++begun_;
        changed_.notify_all();
        changed_.wait(lock, [&] { return may_go_on_; });
    }

    bool wait_for(unsigned number) {
        std::unique_lock lock(mutex_);
        return changed_.wait_for(lock, std::chrono::seconds(60), [&] { return begun_ >= number; });
    }

    void go_on() {
        const std::scoped_lock lock(mutex_);
        may_go_on_ = true;
        changed_.notify_all();
    }

    unsigned begun() {
        const std::scoped_lock lock(mutex_);
        return begun_;
    }

 private:
    std::mutex mutex_;
    std::condition_variable changed_;
    unsigned begun_ = 0;
    bool may_go_on_ = false;
};

TEST(Reloader, makes_one_of_all_requests_that_come_while_it_runs) {
    Reloads reloads;
    {
        Reloader reloader([&] { reloads(); }, {}, {});
        reloader.request();
        ASSERT_TRUE(reloads.wait_for(1));
        for (int i = 0; i < 10; ++i) {
            reloader.request();
        }
        reloads.go_on();
        ASSERT_TRUE(reloads.wait_for(2));
    }
    EXPECT_EQ(reloads.begun(), 2U);
}

TEST(Reloader, sees_a_change_from_before_its_time) {
    tests::ScratchFolder folder;
    const auto path = (folder.path() / "config.yaml").string();
    std::ofstream(path) << "one";
    const auto loaded = FileStamp::of(path);
    std::ofstream(path) << "another";
    Reloads reloads;
    reloads.go_on();
    const Reloader reloader([&] { reloads(); }, path, loaded);
    EXPECT_TRUE(reloads.wait_for(1));
}

TEST(FileStamp, is_another_one_for_another_file_with_the_same_content) {
    tests::ScratchFolder folder;
    const auto path = (folder.path() / "a").string();
    EXPECT_FALSE(FileStamp::of(path));
    std::ofstream(path) << "text";
    const auto stamp = FileStamp::of(path);
    ASSERT_TRUE(stamp);
    EXPECT_EQ(FileStamp::of(path), stamp);
    const auto other = (folder.path() / "b").string();
    std::ofstream(other) << "text";
    std::filesystem::last_write_time(other, std::filesystem::last_write_time(path));
    std::filesystem::rename(other, path);
    EXPECT_NE(FileStamp::of(path), stamp);
}

}  // namespace
}  // namespace tapalcatl::cli
