#include "cli/archive_walk.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include <unistd.h>

namespace tapalcatl::cli {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;

class Walk : public testing::Test {
 protected:
    Walk() {
        auto name = (fs::temp_directory_path() / "walk-XXXXXX").string();
        root = ::mkdtemp(name.data());
    }
    ~Walk() override { fs::remove_all(root); }

    void touch(const std::string& path, std::string_view content = "x") const {
        fs::create_directories((root / path).parent_path());
        std::ofstream(root / path) << content;
    }

    /// What is found, as paths below the root.
    std::vector<std::string> walked(const std::vector<std::string>& paths) const {
        std::vector<std::string> whole;
        for (const auto& path : paths) {
            whole.push_back((root / path).string());
        }
        std::vector<std::string> found;
        ArchiveWalk walk(whole);
        while (const auto next = walk.next()) {
            auto text = fs::path(next->path).lexically_relative(root).string();
            found.push_back(next->error ? text + "!" : text);
        }
        return found;
    }

    fs::path root;
};

TEST_F(Walk, finds_archives_all_the_way_down_in_the_order_of_names) {
    touch("t/b.zip");
    touch("t/a/2.zip");
    touch("t/a/10.zip");
    touch("t/a/deep/er/1.zip");
    touch("t/a/note.txt");
    touch("t/a/zip");
    EXPECT_THAT(walked({"t"}), ElementsAre("t/a/10.zip", "t/a/2.zip", "t/a/deep/er/1.zip", "t/b.zip"));
}

TEST_F(Walk, takes_named_files_whatever_they_are_called_in_the_order_given) {
    touch("z");
    touch("a/1.zip");
    EXPECT_THAT(walked({"z", "a", "missing"}), ElementsAre("z", "a/1.zip", "missing"));
}

TEST_F(Walk, follows_links_to_files_but_not_in_circles) {
    touch("t/1.zip");
    fs::create_symlink(root / "t/1.zip", root / "t/2.zip");
    fs::create_symlink("nowhere.zip", root / "t/3.zip");
    fs::create_directory_symlink(root / "t", root / "t/again");
    fs::create_directory_symlink(root / "t", root / "t/dir.zip");
    EXPECT_THAT(walked({"t"}), ElementsAre("t/1.zip", "t/2.zip", "t/3.zip"));
    EXPECT_THAT(walked({"t/again"}), ElementsAre("t/again/1.zip", "t/again/2.zip", "t/again/3.zip"));
}

TEST_F(Walk, goes_into_folders_that_are_called_like_archives) {
    touch("t/1.zip/2.zip");
    EXPECT_THAT(walked({"t"}), ElementsAre("t/1.zip/2.zip"));
}

TEST_F(Walk, tells_of_folders_that_it_may_not_look_into) {
    if (::geteuid() == 0) {
        GTEST_SKIP() << "root may look into every folder";
    }
    touch("t/closed/1.zip");
    touch("t/open/1.zip");
    fs::permissions(root / "t/closed", fs::perms::none);
    EXPECT_THAT(walked({"t"}), ElementsAre("t/closed!", "t/open/1.zip"));
    fs::permissions(root / "t/closed", fs::perms::owner_all);
}

TEST_F(Walk, tells_sizes) {
    touch("1.zip", "12345");
    ArchiveWalk walk({(root / "1.zip").string()});
    EXPECT_EQ(walk.next()->size_bytes, 5U);
    EXPECT_FALSE(walk.next());
}

/// A bucket of these keys, told two by two; each object has as many bytes as its key.
ArchiveWalk::ListBucket bucket_of(std::vector<std::string> keys, std::size_t& pages) {
    return [keys = std::move(keys), &pages](const std::string& bucket, const std::string& prefix,
                                            const std::string& after) -> Result<BucketPage> {
        EXPECT_EQ(bucket, "tiles");
        ++pages;
        BucketPage page;
        for (const auto& key : keys) {
            if (!key.starts_with(prefix) || key <= after) {
                continue;
            }
            page.is_truncated = page.objects.size() == 2;
            if (page.is_truncated) {
                break;
            }
            page.objects.push_back({key, key.size()});
        }
        return page;
    };
}

std::vector<std::string> found_in(const std::string& url, const std::vector<std::string>& keys, std::size_t& pages) {
    std::vector<std::string> found;
    ArchiveWalk walk({url}, bucket_of(keys, pages));
    while (const auto next = walk.next()) {
        EXPECT_FALSE(next->error);
        found.push_back(fmt::format("{} {}", next->path, next->size_bytes));
    }
    return found;
}

TEST(WalkOfBucket, finds_the_archives_under_a_prefix_page_by_page) {
    const std::vector<std::string> keys{"a/1.zip", "a/2.txt", "a/3.zip", "a/b/4.zip", "a/c.zip", "ab.zip", "b.zip"};
    std::size_t pages = 0;
    EXPECT_THAT(found_in("s3://tiles/a", keys, pages), ElementsAre("s3://tiles/a/1.zip 7", "s3://tiles/a/3.zip 7",
                                                                   "s3://tiles/a/b/4.zip 9", "s3://tiles/a/c.zip 7"));
    EXPECT_EQ(pages, 3U);
    EXPECT_EQ(found_in("s3://tiles", keys, pages).size(), 6U);
}

TEST(WalkOfBucket, takes_a_name_like_an_archive_and_a_prefix_without_keys_for_an_archive) {
    std::size_t pages = 0;
    EXPECT_THAT(found_in("s3://tiles/a.zip", {"a.zip/b.zip"}, pages), ElementsAre("s3://tiles/a.zip 0"));
    EXPECT_EQ(pages, 0U);
    EXPECT_THAT(found_in("s3://tiles/a.zip/", {"a.zip/b.zip"}, pages), ElementsAre("s3://tiles/a.zip/b.zip 11"));
    EXPECT_THAT(found_in("s3://tiles/a", {"b.zip"}, pages), ElementsAre("s3://tiles/a 0"));
    EXPECT_THAT(found_in("s3://tiles", {}, pages), ElementsAre());
}

TEST(WalkOfBucket, tells_of_a_bucket_that_cannot_be_listed) {
    ArchiveWalk walk({"s3://tiles/a"}, [](const std::string&, const std::string&, const std::string&) {
        return Result<BucketPage>(fail(Errc::denied, "no"));
    });
    const auto found = walk.next();
    ASSERT_TRUE(found);
    ASSERT_TRUE(found->error);
    EXPECT_EQ(found->error->code, Errc::denied);
    EXPECT_FALSE(walk.next());
}

}  // namespace
}  // namespace tapalcatl::cli
