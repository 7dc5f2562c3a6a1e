#include "web/date.hpp"

#include "tests/storage/fixture.hpp"

namespace tapalcatl::tests {
namespace {

using storage::IfMatch;
using storage::IfNoneMatch;

TEST_F(FileStorageTest, a_version_is_a_strong_etag_a_date_and_a_size) {
    const auto path = write("a.zip", "content");
    std::filesystem::last_write_time(
        path, std::chrono::file_clock::from_sys(std::chrono::sys_seconds(std::chrono::seconds(784'111'777))));
    const auto version = version_of("a.zip");
    EXPECT_TRUE(version.has_strong_etag()) << version.etag;
    EXPECT_EQ(version.etag.back(), '"');
    EXPECT_EQ(version.last_modified, "Sun, 06 Nov 1994 08:49:37 GMT");
    EXPECT_EQ(version.size, 7U);
}

TEST_F(FileStorageTest, a_file_that_stays_keeps_its_version) {
    write("a.zip", "content");
    const auto version = version_of("a.zip");
    EXPECT_EQ(version_of("a.zip"), version);
    const auto again = storage::make_file_storage(folder.string(), context.get_executor());
    const auto content =
        run(context, again->read("a.zip", storage::Whole{}, {}, std::chrono::steady_clock::now() + patience));
    ASSERT_TRUE(content);
    EXPECT_EQ(content->version, version) << "also for another process that serves the same folder";
}

TEST_F(FileStorageTest, a_touched_file_is_another_version) {
    const auto path = write("a.zip", "content");
    const auto before = version_of("a.zip");
    std::filesystem::last_write_time(path, std::filesystem::last_write_time(path) + std::chrono::nanoseconds(1));
    EXPECT_NE(version_of("a.zip").etag, before.etag);
}

TEST_F(FileStorageTest, a_file_renamed_over_another_of_the_same_size_and_time_is_another_version) {
    const auto path = write("a.zip", "content");
    const auto before = version_of("a.zip");
    const auto other = write("b.zip", "CONTENT");
    std::filesystem::last_write_time(other, std::filesystem::last_write_time(path));
    std::filesystem::rename(other, path);
    EXPECT_NE(version_of("a.zip").etag, before.etag);
}

TEST_F(FileStorageTest, a_file_that_grew_within_the_same_time_is_another_version) {
    const auto path = write("a.zip", "content");
    const auto time = std::filesystem::last_write_time(path);
    const auto before = version_of("a.zip");
    write("a.zip", "content!");
    std::filesystem::last_write_time(path, time);
    EXPECT_NE(version_of("a.zip").etag, before.etag);
}

TEST_F(FileStorageTest, if_match_reads_the_version_that_it_names) {
    write("a.zip", "content");
    const auto content = read("a.zip", storage::Span{3, 4}, IfMatch{version_of("a.zip")});
    ASSERT_TRUE(content) << content.error();
    EXPECT_EQ(text_of(*content), "tent");
}

TEST_F(FileStorageTest, if_match_refuses_every_other_version_as_replaced) {
    write("a.zip", "content");
    const auto version = version_of("a.zip");
    auto other = version;
    other.size = 8;
    EXPECT_EQ(read("a.zip", storage::Whole{}, IfMatch{other}).error().code, Errc::replaced);
    EXPECT_EQ(read("a.zip", storage::Whole{}, IfMatch{{}}).error().code, Errc::replaced);

    const auto renamed = write("b.zip", "a new archive");
    std::filesystem::rename(renamed, folder / "a.zip");
    const auto content = read("a.zip", storage::Span{0, 7}, IfMatch{version});
    ASSERT_FALSE(content);
    EXPECT_EQ(content.error().code, Errc::replaced);
}

TEST_F(FileStorageTest, a_replaced_file_is_replaced_also_where_the_span_no_longer_fits) {
    write("a.zip", "0123456789");
    const auto version = version_of("a.zip");
    write("a.zip", "0");
    EXPECT_EQ(read("a.zip", storage::Span{5, 5}, IfMatch{version}).error().code, Errc::replaced);
}

TEST_F(FileStorageTest, if_none_match_brings_no_bytes_while_nothing_changed) {
    write("a.zip", "content");
    const auto version = version_of("a.zip");
    const auto content = read("a.zip", storage::Suffix{3}, IfNoneMatch{version});
    ASSERT_TRUE(content) << content.error();
    EXPECT_TRUE(content->not_modified);
    EXPECT_TRUE(content->bytes.empty());
    EXPECT_EQ(content->version, version);
}

TEST_F(FileStorageTest, if_none_match_brings_the_new_bytes_once_it_changed) {
    write("a.zip", "content");
    const auto version = version_of("a.zip");
    write("a.zip", "another content");
    const auto content = read("a.zip", storage::Whole{}, IfNoneMatch{version});
    ASSERT_TRUE(content) << content.error();
    EXPECT_FALSE(content->not_modified);
    EXPECT_EQ(text_of(*content), "another content");
    EXPECT_NE(content->version, version);
}

TEST_F(FileStorageTest, a_condition_on_a_file_that_is_gone_is_not_found) {
    write("a.zip", "content");
    const auto version = version_of("a.zip");
    std::filesystem::remove(folder / "a.zip");
    EXPECT_EQ(read("a.zip", storage::Whole{}, IfMatch{version}).error().code, Errc::not_found);
    EXPECT_EQ(read("a.zip", storage::Whole{}, IfNoneMatch{version}).error().code, Errc::not_found);
}

}  // namespace
}  // namespace tapalcatl::tests
