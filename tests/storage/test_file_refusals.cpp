#include "tests/storage/fixture.hpp"

#include <array>

#include <sys/stat.h>
#include <unistd.h>

namespace tapalcatl::tests {
namespace {

/// Gives up root's rights, which no permission binds, until it goes.
class AsNobody {
 public:
    AsNobody() : was_root_(::geteuid() == 0) { become(65534); }
    ~AsNobody() { become(0); }
    AsNobody(const AsNobody&) = delete;
    AsNobody& operator=(const AsNobody&) = delete;

 private:
    void become(uid_t user) const {
        if (was_root_) {
            EXPECT_EQ(::seteuid(user), 0) << "cannot change the user";
        }
    }
    bool was_root_;
};

TEST_F(FileStorageTest, what_is_not_there_is_not_found) {
    write("a/b.zip", "content");
    const std::string too_long(300, 'x');
    for (const auto& key : {std::string("c.zip"), std::string("a/c.zip"), std::string("c/b.zip"),
                            std::string("a/b.zip/c.zip"), too_long, too_long + "/b.zip"}) {
        EXPECT_EQ(read(key).error().code, Errc::not_found) << key;
    }
}

TEST_F(FileStorageTest, a_key_never_leads_out_of_the_folder) {
    write("inside/a.zip", "content");
    write("secret.zip", "secret");
    const auto inner = storage::make_file_storage((folder / "inside").string(), context.get_executor());
    const auto absolute = (folder / "secret.zip").string();
    for (const auto& key : {std::string("../secret.zip"), std::string("a/../../secret.zip"),
                            std::string("./../secret.zip"), absolute, "/" + absolute, std::string(".."),
                            std::string("a.zip/.."), std::string("../inside/a.zip"), std::string("..//secret.zip"),
                            std::string("a.zip\0x", 7), std::string("../secret.zip\0", 14), std::string()}) {
        const auto content =
            run(context, inner->read(key, storage::Whole{}, {}, std::chrono::steady_clock::now() + patience));
        ASSERT_FALSE(content) << key;
        EXPECT_EQ(content.error(), fail(Errc::not_found, "no such file")) << key;
    }
}

TEST_F(FileStorageTest, dots_in_names_are_names) {
    for (const auto* key : {"..a.zip", "a..zip", ".../a.zip", "a/..b"}) {
        write(key, "content");
        EXPECT_TRUE(read(key)) << key;
    }
}

TEST_F(FileStorageTest, a_folder_is_no_archive) {
    write("folder/a.zip", "content");
    for (const auto* key : {"folder", "folder/", "."}) {
        const auto content = read(key);
        ASSERT_FALSE(content) << key;
        EXPECT_EQ(content.error(), fail(Errc::io, "not a regular file")) << key;
    }
}

TEST_F(FileStorageTest, a_pipe_without_a_writer_does_not_keep_anybody_waiting) {
    ASSERT_EQ(::mkfifo((folder / "pipe").c_str(), 0600), 0);
    const auto content = read("pipe");
    ASSERT_FALSE(content);
    EXPECT_EQ(content.error(), fail(Errc::io, "not a regular file"));
}

TEST_F(FileStorageTest, links_in_a_circle_are_an_error) {
    std::filesystem::create_symlink("b", folder / "a");
    std::filesystem::create_symlink("a", folder / "b");
    EXPECT_EQ(read("a").error().code, Errc::io);
}

TEST_F(FileStorageTest, a_link_to_nowhere_is_not_found) {
    std::filesystem::create_symlink("nowhere", folder / "a");
    EXPECT_EQ(read("a").error().code, Errc::not_found);
}

TEST_F(FileStorageTest, a_root_that_is_not_there_is_an_outage) {
    for (const auto* root : {"missing", "file.txt"}) {
        write("file.txt", "");
        const auto path = (folder / root).string();
        const auto unmounted = storage::make_file_storage(path, context.get_executor());
        const auto content =
            run(context, unmounted->read("a.zip", storage::Whole{}, {}, std::chrono::steady_clock::now() + patience));
        ASSERT_FALSE(content);
        EXPECT_EQ(content.error().code, Errc::unavailable);
        EXPECT_NE(content.error().message.find(path), std::string::npos) << content.error();
    }
}

TEST_F(FileStorageTest, a_root_that_comes_back_is_served_again) {
    const auto away = folder.string() + "-away";
    write("a.zip", "content");
    std::filesystem::rename(folder, away);
    EXPECT_EQ(read("a.zip").error().code, Errc::unavailable);
    std::filesystem::rename(away, folder);
    EXPECT_TRUE(read("a.zip"));
}

TEST_F(FileStorageTest, a_file_without_permission_is_denied_and_says_what_to_do) {
    const auto path = write("a.zip", "content");
    std::filesystem::permissions(folder, std::filesystem::perms(0755));
    std::filesystem::permissions(path, std::filesystem::perms::none);
    const AsNobody nobody;
    const auto content = read("a.zip");
    ASSERT_FALSE(content);
    EXPECT_EQ(content.error().code, Errc::denied);
    EXPECT_NE(content.error().message.find("read permission"), std::string::npos) << content.error();
}

TEST_F(FileStorageTest, a_folder_without_permission_is_denied_also_for_what_is_not_in_it) {
    write("closed/a.zip", "content");
    std::filesystem::permissions(folder, std::filesystem::perms(0755));
    std::filesystem::permissions(folder / "closed", std::filesystem::perms::none);
    {
        const AsNobody nobody;
        EXPECT_EQ(read("closed/a.zip").error().code, Errc::denied);
        EXPECT_EQ(read("closed/b.zip").error().code, Errc::denied);
    }
    std::filesystem::permissions(folder / "closed", std::filesystem::perms::owner_all);
}

}  // namespace
}  // namespace tapalcatl::tests
