#include "base/environment.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include <sys/stat.h>
#include <unistd.h>

namespace tapalcatl {
namespace {

constexpr uid_t nobody = 65534;

class EnvironmentTest : public testing::Test {
 protected:
    EnvironmentTest() {
        std::string name = testing::TempDir() + "environment-XXXXXX";
        folder_ = ::mkdtemp(name.data());
    }
    void TearDown() override { std::filesystem::remove_all(folder_); }

    std::string path(const std::string& name) const { return folder_ + "/" + name; }

    std::string write(const std::string& name, const std::string& text) const {
        std::ofstream(path(name), std::ios::binary) << text;
        return path(name);
    }

    static Errc failure_of(const std::string& path) {
        const auto text = system_environment({}).file(path);
        EXPECT_FALSE(text);
        return text ? Errc{} : text.error().code;
    }

 private:
    std::string folder_;
};

TEST_F(EnvironmentTest, has_the_variables_that_it_was_given_and_no_others) {
    const auto outside = system_environment({{"A", "x"}, {"B", ""}});
    EXPECT_EQ(outside.variable("A"), "x");
    EXPECT_EQ(outside.variable("B"), "");
    EXPECT_EQ(outside.setting("B"), std::nullopt);
    EXPECT_EQ(outside.variable("PATH"), std::nullopt);
}

TEST_F(EnvironmentTest, reads_files_byte_by_byte) {
    const std::string text("a\0b\r\n\xff", 6);
    EXPECT_EQ(*system_environment({}).file(write("a", text)), text);
    EXPECT_EQ(*system_environment({}).file(write("empty", "")), "");
}

TEST_F(EnvironmentTest, reads_files_whose_size_is_not_known) {
    const auto text = system_environment({}).file("/proc/self/status");
    ASSERT_TRUE(text) << text.error();
    EXPECT_EQ(text->substr(0, 5), "Name:");
}

TEST_F(EnvironmentTest, reads_up_to_a_mebibyte) {
    EXPECT_EQ(system_environment({}).file(write("most", std::string(1024 * 1024, 'x')))->size(), 1024U * 1024U);
    EXPECT_EQ(failure_of(write("more", std::string(1024 * 1024 + 1, 'x'))), Errc::too_large);
    EXPECT_EQ(failure_of("/dev/zero"), Errc::io);
}

TEST_F(EnvironmentTest, tells_a_missing_file_from_one_that_cannot_be_read) {
    EXPECT_EQ(failure_of(path("none")), Errc::not_found);
    EXPECT_EQ(failure_of(write("file", "") + "/below"), Errc::not_found);
    EXPECT_EQ(failure_of(""), Errc::not_found);
    EXPECT_EQ(failure_of(path("")), Errc::io);  // the folder
}

TEST_F(EnvironmentTest, does_not_wait_for_the_writer_of_a_pipe) {
    ASSERT_EQ(::mkfifo(path("pipe").c_str(), 0600), 0);
    EXPECT_EQ(failure_of(path("pipe")), Errc::io);
}

TEST_F(EnvironmentTest, takes_a_file_in_a_closed_folder_for_missing_and_a_closed_file_not) {
    const auto inside = write("file", "x");
    const auto root = ::geteuid() == 0;  // who may read everything
    std::filesystem::permissions(path(""), std::filesystem::perms::none);
    ASSERT_EQ(root ? ::seteuid(nobody) : 0, 0);
    EXPECT_EQ(failure_of(inside), Errc::not_found);
    ASSERT_EQ(root ? ::seteuid(0) : 0, 0);
    std::filesystem::permissions(path(""), std::filesystem::perms::all);
    std::filesystem::permissions(inside, std::filesystem::perms::none);
    ASSERT_EQ(root ? ::seteuid(nobody) : 0, 0);
    EXPECT_EQ(failure_of(inside), Errc::io);
    ASSERT_EQ(root ? ::seteuid(0) : 0, 0);
}

class ReplacedFileTest : public EnvironmentTest {
 protected:
    static Result<void> replace(const std::string& path, const std::string& text) {
        return system_environment({}).replace_file(path, text);
    }

    static std::string text_of(const std::string& path) { return system_environment({}).file(path).value(); }

    static mode_t mode_of(const std::string& path) {
        struct stat status{};
        EXPECT_EQ(::stat(path.c_str(), &status), 0);
        return status.st_mode & 07777U;
    }

    std::vector<std::string> names() const {
        std::vector<std::string> names;
        for (const auto& entry : std::filesystem::directory_iterator(path(""))) {
            names.push_back(entry.path().filename());
        }
        return names;
    }
};

TEST_F(ReplacedFileTest, is_for_its_owner_alone_whatever_it_was_before) {
    const auto old = write("token", "old");
    std::filesystem::permissions(old, std::filesystem::perms{0644});
    ASSERT_TRUE(replace(old, "new"));
    EXPECT_EQ(text_of(old), "new");
    EXPECT_EQ(mode_of(old), 0600U);
    EXPECT_EQ(names(), std::vector<std::string>{"token"});
    ASSERT_TRUE(replace(path("another"), ""));
    EXPECT_EQ(text_of(path("another")), "");
    EXPECT_EQ(mode_of(path("another")), 0600U);
}

TEST_F(ReplacedFileTest, is_read_as_it_was_or_as_it_is_by_whoever_reads_at_that_moment) {
    const std::string before(100'000, 'a');
    std::ifstream reader(write("token", before), std::ios::binary);
    EXPECT_EQ(reader.get(), 'a');
    ASSERT_TRUE(replace(path("token"), std::string(200'000, 'b')));
    const std::string rest{std::istreambuf_iterator<char>(reader), {}};
    EXPECT_EQ(rest, before.substr(1));
    EXPECT_EQ(text_of(path("token")), std::string(200'000, 'b'));
}

TEST_F(ReplacedFileTest, is_left_as_it_is_if_it_cannot_be_replaced) {
    const auto no_folder = replace(path("none/token"), "new");
    ASSERT_FALSE(no_folder);
    EXPECT_EQ(no_folder.error(), fail(Errc::io, "create: No such file or directory"));

    ASSERT_TRUE(std::filesystem::create_directory(path("folder")));
    const auto folder = replace(path("folder"), "new");
    ASSERT_FALSE(folder);
    EXPECT_EQ(folder.error(), fail(Errc::io, "rename: Is a directory"));
    EXPECT_EQ(names(), std::vector<std::string>{"folder"});  // and nothing beside it

    const auto token = write("token", "old");
    const auto root = ::geteuid() == 0;  // who may write everything
    std::filesystem::permissions(path(""), std::filesystem::perms{0555});
    ASSERT_EQ(root ? ::seteuid(nobody) : 0, 0);
    const auto closed = replace(token, "new");
    ASSERT_EQ(root ? ::seteuid(0) : 0, 0);
    std::filesystem::permissions(path(""), std::filesystem::perms::all);
    ASSERT_FALSE(closed);
    EXPECT_EQ(closed.error(), fail(Errc::io, "create: Permission denied"));
    EXPECT_EQ(text_of(token), "old");
}

}  // namespace
}  // namespace tapalcatl
