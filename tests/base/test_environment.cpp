#include "base/environment.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

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

}  // namespace
}  // namespace tapalcatl
