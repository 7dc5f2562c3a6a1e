#include "doctor/lister.hpp"

#include "tests/support/scratch_folder.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include <unistd.h>

namespace tapalcatl::doctor {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::IsEmpty;

class FolderListing : public testing::Test {
 protected:
    void put(const std::string& key) {
        fs::create_directories((root() / key).parent_path());
        std::ofstream(root() / key) << "x";
    }

    Result<Listing> list(const std::string& prefix, Depth depth = Depth::all) {
        FolderLister lister(root().string(), [] { return SteadyTime::max(); });
        return lister.list(prefix, depth);
    }

    const fs::path& root() const { return scratch_.path(); }

 private:
    tests::ScratchFolder scratch_;
};

TEST_F(FolderListing, has_keys_in_the_order_of_their_bytes) {
    for (const auto* key : {"b", "a/1/x", "a/10/x", "a-b", "a/1.zip"}) {
        put(key);
    }
    const auto all = list("");
    ASSERT_TRUE(all) << all.error();
    EXPECT_THAT(all->keys, ElementsAre("a-b", "a/1.zip", "a/1/x", "a/10/x", "b"));
    EXPECT_FALSE(all->is_truncated);
    EXPECT_THAT(list("a/1/")->keys, ElementsAre("a/1/x"));
}

TEST_F(FolderListing, rolls_up_to_folders_at_one_level) {
    for (const auto* key : {"b/c/d", "a/x", "file"}) {
        put(key);
    }
    const auto root = list("", Depth::one_level);
    ASSERT_TRUE(root) << root.error();
    EXPECT_THAT(root->folders, ElementsAre("a/", "b/"));
    EXPECT_THAT(root->keys, ElementsAre("file"));
    EXPECT_THAT(list("b/", Depth::one_level)->folders, ElementsAre("b/c/"));
}

TEST_F(FolderListing, is_empty_where_there_is_no_such_folder) {
    put("file");
    for (const auto* prefix : {"none/", "file/", "a/b/c/"}) {
        const auto listing = list(prefix);
        ASSERT_TRUE(listing) << listing.error();
        EXPECT_THAT(listing->keys, IsEmpty());
    }
}

TEST_F(FolderListing, stays_in_the_folder_though_a_prefix_begins_with_a_slash) {
    EXPECT_THAT(list("/etc/")->keys, IsEmpty());
}

TEST_F(FolderListing, ends_at_a_thousand_keys) {
    for (int i = 0; i < 1001; ++i) {
        put(std::to_string(i));
    }
    const auto all = list("");
    ASSERT_TRUE(all) << all.error();
    EXPECT_EQ(all->keys.size(), Lister::max_items);
    EXPECT_TRUE(all->is_truncated);
}

TEST_F(FolderListing, does_not_go_round_in_circles) {
    put("a/x");
    fs::create_directory_symlink(root(), root() / "a" / "again");
    const auto all = list("");
    ASSERT_TRUE(all) << all.error();
    EXPECT_LE(all->keys.size(), Lister::max_items);
}

TEST_F(FolderListing, ends_when_its_time_is_over) {
    put("a/x");
    FolderLister late(root().string(), [] { return SteadyTime(); });
    const auto listing = late.list("", Depth::all);
    ASSERT_TRUE(listing) << listing.error();
    EXPECT_THAT(listing->keys, IsEmpty());
    EXPECT_TRUE(listing->is_truncated);
}

TEST_F(FolderListing, says_what_may_not_be_read) {
    if (::geteuid() == 0) {
        GTEST_SKIP() << "root may read everything";
    }
    put("closed/x");
    fs::permissions(root() / "closed", fs::perms::none);
    const auto listing = list("");
    fs::permissions(root() / "closed", fs::perms::owner_all);
    ASSERT_FALSE(listing);
    EXPECT_EQ(listing.error().code, Errc::denied);
    EXPECT_THAT(listing.error().message, testing::HasSubstr("closed/"));
}

}  // namespace
}  // namespace tapalcatl::doctor
